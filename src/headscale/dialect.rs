//! What differs between the supported releases. Each difference is a type here and one module in each transport,
//! so that dropping a release removes a variant and whatever the compiler then complains about.

use super::Release;

/// How a release is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) keys: KeyAddressing,
    pub(super) registration: Registration,
    pub(super) output: Output,
}

/// How pre-auth keys are listed and named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyAddressing {
    /// 0.26, 0.27: listed for one user, plaintext included, and expired by user and plaintext.
    ByUserAndPlaintext,
    /// From 0.28 on: listed for everybody, masked, and expired by id.
    ById,
}

/// How a pending sign-in becomes a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Registration {
    /// Up to 0.28.
    NodeRegister,
    /// From 0.29 on; the older way still works there and is deprecated.
    AuthRegister,
}

/// What the program prints with `--output json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// Up to 0.29: protobuf's Go structs.
    Structs,
    /// From 0.30 on: the same as the HTTP API.
    Api,
}

impl From<Release> for Dialect {
    fn from(release: Release) -> Self {
        let by_id = release >= Release::V0_28;
        let auth = release >= Release::V0_29;
        let api = release >= Release::V0_30;
        Self {
            keys: if by_id {
                KeyAddressing::ById
            } else {
                KeyAddressing::ByUserAndPlaintext
            },
            registration: if auth {
                Registration::AuthRegister
            } else {
                Registration::NodeRegister
            },
            output: if api { Output::Api } else { Output::Structs },
        }
    }
}
