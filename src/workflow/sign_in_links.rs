//! Reads the sign-in links that members paste. Calls nobody.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{LinkRefusal, Refusal, Rules, SignIn};
use crate::headscale::{RegistrationId, Release};

pub(super) struct SignInLinks {
    pub(super) rules: Arc<Rules>,
    /// What is known about Headscale by now, without asking it.
    pub(super) release: Box<dyn Fn() -> Option<Release> + Send + Sync>,
}

impl SignInLinks {
    /// Only a whole link to our own Headscale, in the form of its release. While the release is unknown each form will
    /// do: nothing is sent before the release is known.
    pub(super) fn read(&self, link: &str, now: Timestamp) -> Result<Option<SignIn>, Refusal> {
        if link.trim().is_empty() {
            return Ok(None);
        }
        self.rules.take_links()?;
        let server = self.rules.headscale.login_server.url();
        let releases = match (self.release)() {
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
        Ok(Some(SignIn::new(id.as_str().to_owned(), now)))
    }
}
