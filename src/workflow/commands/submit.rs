//! `/request-device`: parse everything, ask the rules, store one row.

use crate::command::{Reply, RequestDevice};
use crate::domain::Reason;
use crate::store::{NewRequest, Submission};

use super::Commands;
use super::outcome::ClickOutcome;

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
            sign_in: self.links.read(&form.link)?,
        };
        match self.ledger.submit(&new, &self.rules).await? {
            Submission::New(request) | Submission::Redelivered(request) => {
                Ok(Reply::Submitted(request))
            }
            Submission::Refused(refusal) => Err(refusal.into()),
        }
    }
}
