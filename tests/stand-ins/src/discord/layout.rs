//! A fresh stand-in: the ids, names and addresses that a test or the
//! shop window may choose. Everything else grows through the verbs.

use std::net::SocketAddr;

use super::model::Id;

/// The stand-in's memory of the calls that it receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journal {
    /// Keep every call with its body, its files and its answer.
    On,
    /// Count only; for benchmarks.
    Off,
}

/// The choices made before the stand-in starts.
#[derive(Clone, Debug)]
pub struct Layout {
    pub bind: SocketAddr,
    pub token: String,
    pub application: Id,
    /// In Discord an application's bot user usually has the application's id.
    pub bot: Id,
    pub guild: Id,
    pub admin_channel: Id,
    pub general_channel: Id,
    pub approver_role: Id,
    pub journal: Journal,
    /// The number of 401, 403 and 429 answers that a careful bot may collect.
    pub refusal_budget: usize,
    /// The number of IDENTIFY that a careful bot may send.
    pub identify_budget: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            token: "MTAwMDAwMDAwMDAwMDAwMDAx.GStand.in-token-that-opens-nothing-at-all".into(),
            application: 100_000_000_000_000_001,
            bot: 100_000_000_000_000_001,
            guild: 200_000_000_000_000_001,
            admin_channel: 300_000_000_000_000_001,
            general_channel: 300_000_000_000_000_002,
            approver_role: 400_000_000_000_000_001,
            journal: Journal::On,
            refusal_budget: 50,
            identify_budget: 200,
        }
    }
}
