//! The supported releases of Headscale, and what differs between them.

use std::fmt;

use super::Error;

/// A release series. A release later than the last of them counts as the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    V0_26,
    V0_27,
    V0_28,
    V0_29,
    V0_30,
}

impl Release {
    pub const ALL: [Self; 5] = [
        Self::V0_26,
        Self::V0_27,
        Self::V0_28,
        Self::V0_29,
        Self::V0_30,
    ];

    /// Reads a version. `None` means that it names no release: builds from outside a checkout call themselves `dev`,
    /// and what comes before a release, or after its tag, may speak as either of two.
    ///
    /// # Errors
    /// For a release older than the oldest supported one.
    pub(super) fn of_version(version: &str) -> Result<Option<Self>, Error> {
        let version = version.trim().trim_start_matches('v');
        let version = version.split('+').next().unwrap_or_default();
        if version.contains('-') {
            return Ok(None);
        }
        let mut numbers = version.split('.').map(str::parse::<u32>);
        let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
            return Ok(None);
        };
        match (major, minor) {
            (0, ..=25) => Err(Self::too_old(format!("0.{minor}"))),
            (0, 26) => Ok(Some(Self::V0_26)),
            (0, 27) => Ok(Some(Self::V0_27)),
            (0, 28) => Ok(Some(Self::V0_28)),
            (0, 29) => Ok(Some(Self::V0_29)),
            _ => Ok(Some(Self::V0_30)),
        }
    }

    pub(super) fn too_old(found: String) -> Error {
        let oldest = Self::V0_26.to_string();
        Error::TooOld { found, oldest }
    }

    /// From 0.28 on, pre-auth keys are listed for everybody, masked, and expired and deleted by id. Before, they are listed for one
    /// user, plaintext included, and expired by user and plaintext.
    pub(super) fn has_key_ids(self) -> bool {
        self >= Self::V0_28
    }

    /// Before 0.29, a device that kept its spent key signs in with it again after its expiry.
    pub(crate) fn keeps_expired_devices_out(self) -> bool {
        self >= Self::V0_29
    }

    /// From 0.29 on; the older call to let a device in still works there, but is deprecated.
    pub(super) fn has_auth_register(self) -> bool {
        self >= Self::V0_29
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V0_26 => "0.26",
            Self::V0_27 => "0.27",
            Self::V0_28 => "0.28",
            Self::V0_29 => "0.29",
            Self::V0_30 => "0.30",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_with_all_their_tails() {
        for (version, release) in [
            ("v0.28.0", Some(Release::V0_28)),
            ("0.26.1", Some(Release::V0_26)),
            ("v0.29.2+dirty", Some(Release::V0_29)),
            ("v0.27.2-rc.1", None),
            ("v0.29.3-0.20260701120000-abcdef012345", None),
            ("v0.29.3-0.20260701120000-abcdef012345+dirty", None),
            ("v0.31.0", Some(Release::V0_30)),
            ("v1.0.0", Some(Release::V0_30)),
            ("dev", None),
            ("", None),
            ("v0.0.0-20260701120000-abcdef012345", None),
        ] {
            assert_eq!(Release::of_version(version), Ok(release), "{version}");
        }
    }

    #[test]
    fn a_release_that_is_too_old_is_named_with_the_oldest_that_is_not() {
        let error = Release::of_version("v0.25.1").expect_err("too old");
        assert_eq!(
            error.to_string(),
            "Headscale 0.25 is too old: 0.26 is the oldest supported release"
        );
    }
}
