//! Notices when a joined device was removed from Headscale, expired there, or is back. One list of nodes serves all.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::domain::{Event, NodeId, Standing};
use crate::headscale::Node;
use crate::store::KnownNode;
use crate::workflow::ledger::RecordError;
use crate::workflow::step_error::StepError;

use super::NodePatrol;

/// How often the nodes are listed, if any device has joined.
const INTERVAL: Duration = Duration::from_mins(5);

/// So many devices are compared at once.
const PAGE: u64 = 500;

impl NodePatrol {
    /// Runs until stopped.
    pub(in crate::workflow) async fn run(&self, stop: CancellationToken) {
        let clock = &self.ledger.clock;
        let mut missing = HashSet::new();
        while !stop.is_cancelled() {
            match self.compare(&missing).await {
                Ok(now_missing) => missing = now_missing,
                Err(trouble) => tracing::warn!(%trouble, "the devices could not be looked over"),
            }
            tokio::select! {
                () = clock.sleep_until(clock.later(INTERVAL)) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Returns the nodes that are missing. One that was missing before, too, has been removed.
    async fn compare(&self, missing: &HashSet<NodeId>) -> Result<HashSet<NodeId>, StepError> {
        let store = &self.ledger.store;
        let mut now_missing = HashSet::new();
        let mut page = store.held().nodes(None, PAGE).await?;
        if page.is_empty() {
            return Ok(now_missing);
        }
        let asked_at = self.ledger.clock.now();
        let nodes = self.calls.list_nodes().await?;
        let nodes: HashMap<NodeId, &Node> = nodes.iter().map(|node| (node.id, node)).collect();
        while let Some(last) = page.last().copied() {
            for known in page {
                let standing = standing(nodes.get(&known.node()).copied(), asked_at);
                if standing == Standing::Removed && !missing.contains(&known.node()) {
                    now_missing.insert(known.node());
                } else if known.changed_at().is_some_and(|at| at < asked_at) {
                    self.note(known, standing).await?;
                }
            }
            page = store.held().nodes(Some(last), PAGE).await?;
        }
        Ok(now_missing)
    }

    /// What is as it was, or is being revoked, is left alone.
    async fn note(&self, known: KnownNode, standing: Standing) -> Result<(), StepError> {
        if known.is_held() && standing == Standing::In {
            return Ok(());
        }
        let Some(request) = self.ledger.store.request(known.request()).await? else {
            return Ok(());
        };
        let changed = Event::StandingChanged { standing };
        match self.ledger.record(&request, changed).await {
            Ok(_) => self.ledger.work.notify_one(),
            Err(RecordError::Overtaken) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

fn standing(node: Option<&Node>, now: Timestamp) -> Standing {
    match node {
        None => Standing::Removed,
        Some(node) if node.expiry.is_some_and(|at| at <= now) => Standing::Expired,
        Some(_) => Standing::In,
    }
}
