//! Every call to Headscale goes through here: measured, reported to readiness, and not made at all while Headscale is
//! known to refuse our key.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::headscale;

use super::Workflow;

/// While Headscale refuses the API key it is asked this seldom. A key that is replaced in its file is read again with
/// the next call.
pub(super) const AFTER_REFUSAL: Duration = Duration::from_mins(1);

/// Until when nobody needs to ask, because the API key was refused.
#[derive(Debug, Default)]
pub(super) struct Barrier(Mutex<Option<Timestamp>>);

impl Barrier {
    fn stands(&self, now: Timestamp) -> bool {
        self.until().is_some_and(|until| now < until)
    }

    fn raise(&self, until: Timestamp) {
        *self.until() = Some(until);
    }

    fn lower(&self) {
        *self.until() = None;
    }

    fn until(&self) -> std::sync::MutexGuard<'_, Option<Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Workflow {
    pub(super) async fn ask<T>(
        &self,
        call: impl Future<Output = Result<T, headscale::Error>>,
    ) -> Result<T, headscale::Error> {
        if self.barrier.stands(self.parts.clock.now()) {
            return Err(headscale::Error::Unauthorised);
        }
        let started = Instant::now();
        let outcome = call.await;
        self.parts
            .health
            .metrics()
            .headscale_call(started.elapsed(), outcome.is_ok());
        self.learn(outcome.as_ref().err());
        outcome
    }

    fn learn(&self, error: Option<&headscale::Error>) {
        let health = &self.parts.health;
        match error {
            Some(error) if error.is_unauthorised() => {
                self.barrier.raise(self.later(AFTER_REFUSAL));
                health.headscale_trouble(&error.to_string());
            }
            Some(error) if error.is_transient() => health.headscale_trouble(&error.to_string()),
            Some(_) | None => {
                self.barrier.lower();
                health.headscale_ok();
            }
        }
    }
}
