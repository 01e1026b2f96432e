//! Where Headscale is and how to be let in.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::{Host, Url};

use super::{Error, Release};

#[derive(Clone, Debug)]
pub struct Settings {
    pub url: Url,
    pub api_key: ApiKey,
    /// For one whole call; connecting may take half of it.
    pub timeout: Duration,
    /// Allow plain http:// to an address that is neither local nor private.
    pub allow_insecure: bool,
    /// Which release it is, if it is not to be found out.
    pub release: Option<Release>,
}

/// For the way through Headscale's own program.
#[derive(Clone, Debug)]
pub struct ProgramSettings {
    /// The program and its first arguments: `headscale`, or `docker exec headscale headscale`. No shell reads it.
    pub command: Vec<String>,
    /// For one run.
    pub timeout: Duration,
    /// Which release it is, if it is not to be found out.
    pub release: Option<Release>,
}

impl ProgramSettings {
    pub fn new(command: Vec<String>) -> Self {
        Self {
            command,
            timeout: Settings::TIMEOUT,
            release: None,
        }
    }
}

/// Where the API key comes from.
#[derive(Clone, Debug)]
pub enum ApiKey {
    Fixed(SecretString),
    /// Read at the first call, and again when Headscale refuses what was in it before.
    File(PathBuf),
}

impl Settings {
    pub const TIMEOUT: Duration = Duration::from_secs(10);

    pub fn new(url: Url, api_key: ApiKey) -> Self {
        Self {
            url,
            api_key,
            timeout: Self::TIMEOUT,
            allow_insecure: false,
            release: None,
        }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let plain = self.url.scheme() == "http";
        let bare = self.url.username().is_empty()
            && self.url.password().is_none()
            && self.url.query().is_none()
            && self.url.fragment().is_none();
        if !(plain || self.url.scheme() == "https") || !bare || self.url.host().is_none() {
            return Err(Error::UnusableUrl);
        }
        if plain && !self.allow_insecure && !is_private(&self.url) {
            return Err(Error::InsecureUrl);
        }
        Ok(())
    }
}

/// A name without a dot is a container's or a machine's in the local network.
fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_private_address(address.into()),
        Some(Host::Ipv6(address)) => is_private_address(address.into()),
        Some(Host::Domain(name)) => {
            let local = [".localhost", ".local", ".internal", ".home.arpa"];
            !name.contains('.') || local.iter().any(|end| name.ends_with(end))
        }
        None => false,
    }
}

fn is_private_address(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1]);
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || shared
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(url: &str) -> Result<(), Error> {
        let key = ApiKey::Fixed(SecretString::from("a.b"));
        Settings::new(url.parse().expect("a URL"), key).check()
    }

    #[test]
    fn plain_http_is_for_this_machine_and_private_networks() {
        for fine in [
            "https://headscale.example.org",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://10.1.2.3",
            "http://100.64.0.1",
            "http://[fd00::1]",
            "http://headscale:8080",
            "http://headscale.internal/",
        ] {
            assert_eq!(checked(fine), Ok(()), "{fine}");
        }
        for open in [
            "http://headscale.example.org",
            "http://8.8.8.8",
            "http://100.128.0.1",
        ] {
            assert_eq!(checked(open), Err(Error::InsecureUrl), "{open}");
        }
    }

    #[test]
    fn an_address_with_a_password_or_another_scheme_is_refused() {
        for odd in [
            "ftp://127.0.0.1",
            "https://a:b@example.org",
            "https://example.org/?x=1",
        ] {
            assert_eq!(checked(odd), Err(Error::UnusableUrl), "{odd}");
        }
    }
}
