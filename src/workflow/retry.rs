//! When to try again: exponential back-off, with the operator's bounds.

use std::time::Duration;

use crate::clock::Clock;
use crate::domain::{Backoff, RetryRules};
use crate::headscale;

use super::calls::AFTER_REFUSAL;
use super::step_error::StepError;

/// Adds up to a quarter at random, so many failures at once do not come back at once, and waits at least as long as
/// Discord or Headscale asked for. A refused API key does not count as an attempt: it is not the request's fault.
pub(super) fn backoff(
    rules: &RetryRules,
    clock: &Clock,
    failed_before: u32,
    error: &StepError,
) -> Backoff {
    let attempts = failed_before + u32::from(!error.is_refused_key());
    let wait = if error.is_refused_key() {
        AFTER_REFUSAL
    } else {
        wait(rules, attempts.saturating_sub(1))
    };
    let wait = wait.mul_f64(rand::random_range(1.0..1.25));
    Backoff {
        attempts,
        retry_at: Some(clock.later(wait.max(requested_wait(error)))),
        last_error: Some(error.problem()),
    }
}

/// `first`, doubled for each earlier failure, at most `longest`.
pub(super) fn wait(rules: &RetryRules, failed_before: u32) -> Duration {
    let wait = rules.first.saturating_mul(1 << failed_before.min(16));
    wait.min(rules.longest)
}

fn requested_wait(error: &StepError) -> Duration {
    let wait = match error {
        StepError::Discord(error) => error.retry_after(),
        StepError::Headscale(headscale::Error::Busy { retry_after }) => *retry_after,
        StepError::Headscale(_)
        | StepError::Store(_)
        | StepError::Overtaken
        | StepError::Permanent(_) => None,
    };
    wait.unwrap_or_default()
}
