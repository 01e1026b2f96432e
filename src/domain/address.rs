//! Where something is reached over HTTP, and when plain `http://` is tolerable.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use url::{Host, Url};

/// An `http://` or `https://` address without credentials, query and fragment; shown without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

/// The rule that a text breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadAddress {
    NotAnAddress(url::ParseError),
    Scheme,
    Credentials,
    Query,
}

impl Address {
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Plain HTTP to a host that others can listen in on.
    pub fn is_exposed(&self) -> bool {
        self.0.scheme() == "http" && !self.is_private()
    }

    /// A host that only this machine, or only its containers, can find by this name.
    pub fn is_only_for_neighbours(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => !name.contains('.') || name.ends_with(".localhost"),
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => true,
        }
    }

    fn is_private(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => is_private_name(name),
            Some(Host::Ipv4(ip)) => is_private_ip(ip.into()),
            Some(Host::Ipv6(ip)) => is_private_ip(ip.into()),
            None => false,
        }
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let url = Url::parse(text.trim()).map_err(BadAddress::NotAnAddress)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BadAddress::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadAddress::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BadAddress::Query);
        }
        Ok(Self(url))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// Names that public DNS never answers: bare host names, and the suffixes kept for private use.
fn is_private_name(name: &str) -> bool {
    const SUFFIXES: [&str; 5] = [".localhost", ".local", ".internal", ".lan", ".home.arpa"];
    let name = name.trim_end_matches('.');
    !name.contains('.') || SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

fn is_private_ip(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || is_shared(ip)
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// 100.64.0.0/10: providers' shared addresses, and every tailnet.
fn is_shared(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    first == 100 && second & 0b1100_0000 == 64
}

#[cfg(test)]
mod tests {
    use super::Address;

    fn is_exposed(text: &str) -> bool {
        text.parse::<Address>().unwrap().is_exposed()
    }

    #[test]
    fn plain_http_to_a_public_host_is_exposed() {
        for text in [
            "http://headscale.example.org",
            "http://8.8.8.8",
            "http://100.128.0.1",
        ] {
            assert!(is_exposed(text), "{text}");
        }
    }

    #[test]
    fn https_loopback_and_private_hosts_are_not_exposed() {
        for text in [
            "https://headscale.example.org",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://localhost",
            "http://headscale:8080",
            "http://headscale.lan",
            "http://192.168.1.2",
            "http://100.64.0.1",
            "http://[fd00::1]",
        ] {
            assert!(!is_exposed(text), "{text}");
        }
    }

    #[test]
    fn addresses_are_shown_without_a_trailing_slash() {
        let shown = "https://example.org/headscale/"
            .parse::<Address>()
            .unwrap()
            .to_string();
        assert_eq!(shown, "https://example.org/headscale");
    }
}
