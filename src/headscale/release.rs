//! The releases of Headscale that are supported, and how one is known by its version.

use std::fmt;
use std::str::FromStr;

use super::Error;

/// A release series. Later ones than the last are taken for the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    V0_26,
    V0_27,
    V0_28,
    V0_29,
    V0_30,
}

impl Release {
    pub const OLDEST: Self = Self::V0_26;
    pub const ALL: [Self; 5] = [
        Self::V0_26,
        Self::V0_27,
        Self::V0_28,
        Self::V0_29,
        Self::V0_30,
    ];

    /// `None` for what is no version: builds from outside a checkout call themselves `dev`.
    ///
    /// # Errors
    /// For a release before the oldest supported one.
    pub(super) fn of_version(version: &str) -> Result<Option<Self>, Error> {
        let version = version.trim().trim_start_matches('v');
        let mut numbers = version.split(['.', '-', '+']).map(str::parse::<u32>);
        let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
            return Ok(None);
        };
        match (major, minor) {
            // What Go calls a build of an untagged commit.
            (0, 0) => Ok(None),
            (0, ..=25) => Err(Error::TooOld {
                found: format!("0.{minor}"),
            }),
            (0, 26) => Ok(Some(Self::V0_26)),
            (0, 27) => Ok(Some(Self::V0_27)),
            (0, 28) => Ok(Some(Self::V0_28)),
            (0, 29) => Ok(Some(Self::V0_29)),
            _ => Ok(Some(Self::V0_30)),
        }
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

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a supported release of Headscale is one of 0.26, 0.27, 0.28, 0.29 and 0.30")]
pub struct UnknownRelease;

impl FromStr for Release {
    type Err = UnknownRelease;

    fn from_str(text: &str) -> Result<Self, UnknownRelease> {
        let known = Self::ALL
            .into_iter()
            .find(|release| release.to_string() == text);
        known.ok_or(UnknownRelease)
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
            ("v0.27.2-rc.1", Some(Release::V0_27)),
            (
                "v0.29.3-0.20260701120000-abcdef012345",
                Some(Release::V0_29),
            ),
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
            "Headscale 0.25 is too old: 0.26 is the oldest release that is supported"
        );
    }
}
