//! The link that a device without a key shows in order to be let in: `https://<headscale>/register/<id>`.

use url::Url;

use super::Release;
use crate::domain::LinkRefusal;

/// A pending sign-in, in the form of one release: 0.29 can crash on an id in another form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationId(String);

impl RegistrationId {
    /// Takes only a whole link to our own login server: an id alone could belong to any device of any server.
    pub fn from_link(
        text: &str,
        login_server: &Url,
        release: Release,
    ) -> Result<Self, LinkRefusal> {
        let link: Url = text.trim().parse().map_err(|_| LinkRefusal::NotALink)?;
        if !link.has_host() {
            return Err(LinkRefusal::NotALink);
        }
        let has_user = !link.username().is_empty() || link.password().is_some();
        if has_user || link.origin() != login_server.origin() {
            return Err(LinkRefusal::OtherServer);
        }
        let base = login_server.path().trim_end_matches('/');
        let path = link.path().strip_prefix(base);
        let id = path.and_then(|path| path.strip_prefix("/register/"));
        let is_plain = link.query().is_none() && link.fragment().is_none();
        id.filter(|_| is_plain)
            .and_then(|id| Self::parse(id, release))
            .ok_or(LinkRefusal::NotASignIn)
    }

    /// Reads an id that was taken from a link earlier.
    pub fn parse(id: &str, release: Release) -> Option<Self> {
        let random = if release >= Release::V0_29 {
            id.strip_prefix("hskey-authreq-")?
        } else {
            id
        };
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        (random.len() == 24 && random.chars().all(is_base64)).then(|| Self(id.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "AbCdEfGhIjKlMnOpQrStUv-_";
    const NEW: &str = "hskey-authreq-AbCdEfGhIjKlMnOpQrStUv-_";

    fn read(text: &str, release: Release) -> Result<String, LinkRefusal> {
        let server = "https://vpn.example.org".parse().expect("a URL");
        RegistrationId::from_link(text, &server, release).map(|id| id.as_str().to_owned())
    }

    #[test]
    fn a_link_is_read_in_the_form_of_its_release() {
        let old = format!("https://vpn.example.org/register/{OLD}");
        let new = format!(" https://vpn.example.org:443/register/{NEW}\n");
        assert_eq!(read(&old, Release::V0_28), Ok(OLD.to_owned()));
        assert_eq!(read(&new, Release::V0_29), Ok(NEW.to_owned()));
        assert_eq!(read(&old, Release::V0_29), Err(LinkRefusal::NotASignIn));
        assert_eq!(read(&new, Release::V0_28), Err(LinkRefusal::NotASignIn));
    }

    #[test]
    fn nothing_but_a_whole_link_to_our_own_server_is_taken() {
        for (text, refusal) in [
            (OLD.to_owned(), LinkRefusal::NotALink),
            ("mailto:a@b".to_owned(), LinkRefusal::NotALink),
            (
                format!("http://vpn.example.org/register/{OLD}"),
                LinkRefusal::OtherServer,
            ),
            (
                format!("https://vpn.example.org:8443/register/{OLD}"),
                LinkRefusal::OtherServer,
            ),
            (
                format!("https://vpn.example.org.evil.example/register/{OLD}"),
                LinkRefusal::OtherServer,
            ),
            (
                format!("https://vpn.example.org@evil.example/register/{OLD}"),
                LinkRefusal::OtherServer,
            ),
            (
                format!("https://x@vpn.example.org/register/{OLD}"),
                LinkRefusal::OtherServer,
            ),
            (
                format!("https://vpn.example.org/register/{OLD}/"),
                LinkRefusal::NotASignIn,
            ),
            (
                format!("https://vpn.example.org/register/{OLD}?a=b"),
                LinkRefusal::NotASignIn,
            ),
            (
                format!("https://vpn.example.org/a/register/{OLD}"),
                LinkRefusal::NotASignIn,
            ),
            (
                format!("https://vpn.example.org/register/%41{OLD}"),
                LinkRefusal::NotASignIn,
            ),
        ] {
            assert_eq!(read(&text, Release::V0_28), Err(refusal), "{text}");
        }
    }
}
