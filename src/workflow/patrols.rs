//! Loops beside the worker, each with an interval of its own.

mod api_key;
mod departures;
mod members;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::domain::Rules;

use super::calls::Calls;
use super::ledger::Ledger;
use super::messages::Messages;
use api_key::ApiKeyPatrol;
use departures::DeparturePatrol;
use members::MemberPatrol;

pub(super) struct Patrols {
    api_key: ApiKeyPatrol,
    members: MemberPatrol,
    departures: DeparturePatrol,
}

impl Patrols {
    pub(super) fn new(ledger: Ledger, calls: Calls, messages: Messages, rules: Arc<Rules>) -> Self {
        Self {
            api_key: ApiKeyPatrol {
                ledger: ledger.clone(),
                calls,
                messages: messages.clone(),
            },
            departures: DeparturePatrol {
                ledger: ledger.clone(),
                messages: messages.clone(),
                retries: rules.retries.clone(),
            },
            members: MemberPatrol {
                ledger,
                messages,
                rules,
            },
        }
    }

    pub(super) async fn watch_api_key(&self, stop: CancellationToken) {
        self.api_key.run(stop).await;
    }

    /// What was decided is carried out even if nobody is checked any more.
    pub(super) async fn watch_members(&self, stop: CancellationToken) {
        tokio::join!(self.members.run(&stop), self.departures.run(&stop));
    }
}
