//! `/request-device`: parse everything, ask the rules, store one row.

use crate::command::{Reply, RequestDevice};
use crate::domain::{DeviceName, LinkRefusal, Platform, Reason, Refusal, SignIn};
use crate::headscale::{RegistrationId, Release};
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
        let lapses_at = self.later(self.parts.rules.requests.ttl);
        let (store, rules) = (&self.parts.store, &self.parts.rules);
        match store.submit(&new, rules, lapses_at, now).await? {
            Submission::New(request) => {
                tracing::info!(
                    request = request.id.0,
                    by = person.id.0,
                    "request.requested"
                );
                Ok(Reply::Submitted(request))
            }
            Submission::Redelivered(request) => Ok(Reply::Submitted(request)),
            Submission::Refused(refusal) => {
                self.refuse(&person, None, "request refused", refusal).await
            }
        }
    }

    /// Only a whole link to our own Headscale, in its release's form. While the release is not known, each form will do:
    /// nothing is sent before it is.
    fn sign_in(&self, link: &str) -> Result<Option<SignIn>, Refusal> {
        if link.trim().is_empty() {
            return Ok(None);
        }
        let server = self.parts.rules.headscale.login_server.url();
        let releases = match self.parts.headscale.known_release() {
            Some(release) => vec![release],
            None => vec![Release::V0_30, Release::V0_28],
        };
        let mut read = releases
            .into_iter()
            .map(|release| RegistrationId::from_link(link, server, release));
        let first = read.next().unwrap_or(Err(LinkRefusal::NotASignIn));
        let id = first.or_else(|refusal| read.next().unwrap_or(Err(refusal)));
        let id = id.map_err(|refusal| Refusal::Link {
            cause: refusal,
            example: format!("{}/register/…", server.as_str().trim_end_matches('/')),
        })?;
        Ok(Some(SignIn::new(id.as_str().to_owned())))
    }

    fn parse(&self, ask: RequestDevice) -> Result<NewRequest, Refusal> {
        self.parts.rules.may_ask(&ask.asker)?;
        Ok(NewRequest {
            interaction: ask.interaction,
            requester: ask.asker.person,
            member_since: ask.member_since,
            asked_in: ask.asked_in,
            device: ask.device.parse::<DeviceName>()?,
            platform: ask.platform.parse::<Platform>()?,
            reason: Reason::parse(&ask.reason)?,
            sign_in: self.sign_in(&ask.link)?,
        })
    }
}
