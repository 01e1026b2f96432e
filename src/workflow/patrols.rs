//! Loops beside the worker, each with an interval of its own.

mod api_key;
mod cards;
mod departures;
mod members;
mod nodes;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::domain::Rules;

use super::calls::Calls;
use super::ledger::Ledger;
use super::messages::Messages;

/// Watches the bot's own standing with Headscale.
pub(super) struct ApiKeyPatrol {
    pub(super) ledger: Ledger,
    pub(super) calls: Calls,
    pub(super) messages: Messages,
}

/// Watches what becomes of devices that have joined.
pub(super) struct NodePatrol {
    pub(super) ledger: Ledger,
    pub(super) calls: Calls,
}

/// Watches that the approvers' messages are where the approvers are.
pub(super) struct CardPatrol {
    pub(super) ledger: Ledger,
    pub(super) messages: Messages,
    pub(super) rules: Arc<Rules>,
}

/// Watches for members who left, and settles their departures. Never calls Headscale: it asks for requests to be
/// revoked.
pub(super) struct MemberPatrol {
    pub(super) ledger: Ledger,
    pub(super) messages: Messages,
    pub(super) rules: Arc<Rules>,
}

impl MemberPatrol {
    /// Runs until stopped. What was decided is carried out even if nobody is checked any more.
    pub(super) async fn run(&self, stop: CancellationToken) {
        tokio::join!(self.check_members(&stop), self.settle_departures(&stop));
    }
}
