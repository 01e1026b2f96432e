//! `/request-device`: parse everything, ask the rules, store one row, or give an open one its new link.

use crate::command::{Reply, RequestDevice};
use crate::domain::{Event, Reason, Refusal, RequestId};
use crate::store::{NewRequest, Submission};

use super::Commands;
use super::outcome::ClickOutcome;
use crate::workflow::ledger::RecordError;

impl Commands {
    pub(super) async fn submit(&self, form: RequestDevice) -> Result<Reply, ClickOutcome> {
        self.rules.may_ask(&form.asker)?;
        let new = NewRequest {
            interaction: form.interaction,
            requester: form.asker.person,
            member_since: form.member_since,
            asked_in: form.asked_in,
            device: form.device.parse()?,
            platform: form.platform.parse()?,
            reason: Reason::parse(&form.reason)?,
            sign_in: self.links.read(&form.link, self.ledger.clock.now())?,
        };
        match self.ledger.submit(&new, &self.rules).await? {
            Submission::New(request) | Submission::Redelivered(request) => {
                Ok(Reply::Submitted(request))
            }
            Submission::Refused(Refusal::AlreadyOpen { request, .. }) if new.sign_in.is_some() => {
                self.renew(new, request).await
            }
            Submission::Refused(refusal) => Err(refusal.into()),
        }
    }

    /// A device that shows a link needs no key. This can cost calls to Headscale, so it counts like a claim.
    async fn renew(&self, new: NewRequest, id: RequestId) -> Result<Reply, ClickOutcome> {
        let by = &new.requester;
        self.throttle.spend(by.id, self.ledger.clock.now())?;
        let request = self.known(id).await?;
        let Some(link) = new.sign_in else {
            return Ok(Reply::Submitted(Box::new(request)));
        };
        let interaction = new.interaction;
        let event = Event::LinkGiven { interaction, link };
        match self.ledger.record_by(&request, event, Some(by)).await {
            Ok(request) => Ok(Reply::Submitted(Box::new(request))),
            Err(RecordError::Store(error)) => Err(error.into()),
            Err(RecordError::Overtaken) => {
                let status = self.known(id).await?.status();
                Err(Refusal::NotNow { status }.into())
            }
        }
    }
}
