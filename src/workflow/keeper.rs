//! Looks after the bot's own standing with Headscale: does it answer, does it take our key, and when does the key run
//! out. Headscale's keys live 90 days by default and nobody warns about their end, so the bot does.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::headscale::ApiKeyStanding;
use crate::view;

use super::{Trouble, Workflow};

/// How often Headscale is asked whether it takes our key, whether or not anybody needs one.
const CHECKUP: Duration = Duration::from_mins(1);

/// The approvers are warned once when the API key has this many days left.
const WARN_DAYS: [u64; 3] = [14, 7, 1];

impl Workflow {
    /// Runs until told to stop.
    pub async fn look_after_headscale(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(trouble) = self.check_up().await {
                tracing::warn!(%trouble, "Headscale is not usable");
            }
            tokio::select! {
                () = self.parts.clock.sleep_until(self.later(CHECKUP)) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    async fn check_up(&self) -> Result<(), Trouble> {
        // Known before anybody needs it: a sign-in link is read in its release's form.
        self.ask(self.parts.headscale.release()).await?;
        let standing = self.ask(self.parts.headscale.api_key_standing()).await?;
        if let ApiKeyStanding::ExpiresAt(at) = standing {
            self.warn_of_end(at).await?;
        }
        Ok(())
    }

    /// Only the nearest threshold speaks: a key that is found with three days left is not announced twice.
    async fn warn_of_end(&self, at: Timestamp) -> Result<(), Trouble> {
        let now = self.parts.clock.now();
        let due = |days: &&u64| {
            let from = at.saturating_sub(Duration::from_hours(24 * **days));
            from.is_ok_and(|from| from <= now)
        };
        let Some(days) = WARN_DAYS.iter().filter(due).min() else {
            return Ok(());
        };
        let subject = format!("api-key {} {days}", at.as_second());
        if self.parts.store.is_announced(&subject).await? {
            return Ok(());
        }
        tracing::warn!(expires_at = %at, "the API key for Headscale runs out");
        let face = view::api_key_expires(at);
        self.parts.messenger.announce(face, &subject).await?;
        self.parts.store.announced(&subject, now).await?;
        Ok(())
    }
}
