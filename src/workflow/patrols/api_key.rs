//! Checks the bot's own standing with Headscale: does it answer, does it accept the API key, and when does the key
//! expire? Headscale's API keys live for 90 days by default and nobody warns of their end, so the bot does.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::headscale::ApiKeyStanding;
use crate::view;
use crate::workflow::step_error::StepError;

use super::ApiKeyPatrol;

/// How often Headscale is asked, even if nobody needs it.
const INTERVAL: Duration = Duration::from_mins(1);

/// An announcement that Discord does not take is not tried again before this time.
const ANNOUNCE_AGAIN: Duration = Duration::from_hours(1);

/// The approvers are warned once when the API key has this many days left.
const WARN_DAYS: [u64; 3] = [14, 7, 1];

impl ApiKeyPatrol {
    /// Runs until stopped.
    pub(in crate::workflow) async fn run(&self, stop: CancellationToken) {
        let clock = &self.ledger.clock;
        let mut announce_from = Timestamp::MIN;
        while !stop.is_cancelled() {
            match self.check().await {
                Ok(Some(at)) if announce_from <= clock.now() => {
                    if let Err(trouble) = self.warn_of_end(at).await {
                        tracing::warn!(%trouble, "the approvers could not be warned");
                        announce_from = clock.later(ANNOUNCE_AGAIN);
                    }
                }
                Ok(_) => {}
                Err(trouble) => tracing::warn!(%trouble, "Headscale is not usable"),
            }
            tokio::select! {
                () = clock.sleep_until(clock.later(INTERVAL)) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Returns when the API key expires, if it does.
    async fn check(&self) -> Result<Option<Timestamp>, StepError> {
        // Known before anybody needs it: the form of a sign-in link depends on the release.
        self.calls.release().await?;
        Ok(match self.calls.api_key_standing().await? {
            ApiKeyStanding::ExpiresAt(at) => Some(at),
            ApiKeyStanding::NeverExpires
            | ApiKeyStanding::NotListed
            | ApiKeyStanding::NotNeeded => None,
        })
    }

    /// Only the nearest threshold counts: a key that is found with three days left is announced once.
    async fn warn_of_end(&self, at: Timestamp) -> Result<(), StepError> {
        let now = self.ledger.clock.now();
        let is_reached = |days: &&u64| {
            let from = at.saturating_sub(Duration::from_hours(24 * **days));
            from.is_ok_and(|from| from <= now)
        };
        let Some(days) = WARN_DAYS.iter().filter(is_reached).min() else {
            return Ok(());
        };
        let subject = format!("api-key {} {days}", at.as_second());
        if self.ledger.store.is_announced(&subject).await? {
            return Ok(());
        }
        tracing::warn!(expires_at = %at, "the API key for Headscale runs out");
        let face = view::api_key_expires(at);
        self.messages.announce(&subject, face).await
    }
}
