//! `/request-device`: parse everything, ask the rules, store one row.

use crate::command::{Reply, RequestDevice};
use crate::domain::{DeviceName, Platform, Reason, Refusal};
use crate::store::{self, NewRequest, Submission};

use super::Workflow;

impl Workflow {
    pub(super) async fn submit(&self, ask: RequestDevice) -> Result<Reply, store::Error> {
        let person = ask.asker.person.clone();
        let new = match self.parse(ask) {
            Ok(new) => new,
            Err(refusal) => return self.refuse(&person, None, "request refused", refusal).await,
        };
        let now = self.parts.clock.now();
        let lapses_at = self.later(self.parts.rules.request_ttl);
        let (store, policy) = (&self.parts.store, &self.parts.policy);
        match store.submit(&new, policy, lapses_at, now).await? {
            Submission::New(request) => {
                tracing::info!(
                    request = request.id.0,
                    by = person.id.0,
                    "request.requested"
                );
                self.wake.notify_one();
                Ok(Reply::Submitted(request))
            }
            Submission::Redelivered(request) => Ok(Reply::Submitted(request)),
            Submission::Refused(refusal) => {
                self.refuse(&person, None, "request refused", refusal).await
            }
        }
    }

    fn parse(&self, ask: RequestDevice) -> Result<NewRequest, Refusal> {
        self.parts.policy.may_ask(&ask.asker)?;
        Ok(NewRequest {
            interaction: ask.interaction,
            requester: ask.asker.person,
            member_since: ask.member_since,
            asked_in: ask.asked_in,
            device: ask.device.parse::<DeviceName>()?,
            platform: ask.platform.parse::<Platform>()?,
            reason: Reason::parse(&ask.reason)?,
        })
    }
}
