//! The link that a device shows when it wants to be let in without a key: `https://<headscale>/register/<id>`.

use url::Url;

use super::Release;

/// A pending sign-in. Made only from text in the form of its release: 0.29 can crash on ids of another kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationId(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefusal {
    #[error("that is not a whole link")]
    NotALink,
    #[error("that link leads to another server")]
    OtherServer,
    #[error("that is not a sign-in link")]
    NotASignIn,
}

impl RegistrationId {
    /// Only a whole link to our own login server will do: an id alone could be of anybody's device, anywhere.
    pub fn from_link(
        text: &str,
        login_server: &Url,
        release: Release,
    ) -> Result<Self, LinkRefusal> {
        let link: Url = text.trim().parse().map_err(|_| LinkRefusal::NotALink)?;
        let bare = link.username().is_empty() && link.password().is_none();
        if !bare || link.host_str().is_none() || link.origin() != login_server.origin() {
            return Err(if link.has_host() {
                LinkRefusal::OtherServer
            } else {
                LinkRefusal::NotALink
            });
        }
        let home = login_server.path().trim_end_matches('/');
        let id = link
            .path()
            .strip_prefix(home)
            .and_then(|path| path.strip_prefix("/register/"));
        let plain = link.query().is_none() && link.fragment().is_none();
        id.filter(|_| plain)
            .and_then(|id| Self::parse(id, release))
            .ok_or(LinkRefusal::NotASignIn)
    }

    /// From an id that was taken from a link before.
    pub fn parse(id: &str, release: Release) -> Option<Self> {
        let random = if release >= Release::V0_29 {
            id.strip_prefix("hskey-authreq-")?
        } else {
            id
        };
        let of_alphabet = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        (random.len() == 24 && random.chars().all(of_alphabet)).then(|| Self(id.to_owned()))
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
