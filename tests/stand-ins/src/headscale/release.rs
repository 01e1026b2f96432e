//! The releases that the stand-in can play, and what sets them apart. Each difference is a question with a name.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    V0_26,
    V0_27,
    V0_28,
    V0_29,
    /// As of July 2026, before its release.
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

    /// The answer to `/version`, where it exists.
    pub(super) fn version(self) -> &'static str {
        match self {
            Self::V0_26 => "v0.26.1",
            Self::V0_27 => "v0.27.1",
            Self::V0_28 => "v0.28.0",
            Self::V0_29 => "v0.29.2",
            // Go's version of a commit after the last tag, which names the release before.
            Self::V0_30 => "v0.29.3-0.20260721080706-f20f1f127842",
        }
    }

    pub(super) fn has_version_page(self) -> bool {
        self >= Self::V0_27
    }

    /// gRPC behind a gateway until 0.29, plain HTTP with problem documents from 0.30 on.
    pub(super) fn is_grpc(self) -> bool {
        self <= Self::V0_29
    }

    /// Keys are hashed, shown once, listed for everybody and named by id.
    pub(super) fn masks_keys(self) -> bool {
        self >= Self::V0_28
    }

    pub(super) fn has_auth_calls(self) -> bool {
        self >= Self::V0_29
    }

    /// Wrong keys are answered with 401; before, with 500.
    pub(super) fn knows_401(self) -> bool {
        self >= Self::V0_27
    }

    /// Only 0.26 looks at the names of users.
    pub(super) fn checks_user_names(self) -> bool {
        self == Self::V0_26
    }

    /// Tagged devices belong to a user of their own.
    /// Whether a device that has expired cannot come back with the key that it joined with.
    pub(super) fn checks_spent_keys(self) -> bool {
        self >= Self::V0_29
    }

    pub(super) fn disowns_tagged_nodes(self) -> bool {
        self >= Self::V0_28
    }

    /// A node that does not expire says so with the zero time rather than with null.
    pub(super) fn writes_zero_expiry(self) -> bool {
        matches!(self, Self::V0_27 | Self::V0_28)
    }

    pub(super) fn sign_in_prefix(self) -> &'static str {
        if self >= Self::V0_29 {
            "hskey-authreq-"
        } else {
            ""
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
