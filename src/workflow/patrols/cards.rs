//! Sees whether the approvers' messages that wait for an answer are still there: a request whose card was deleted could
//! not be decided. Nothing is posted for a missing line in a list, which may be incomplete: the worker edits the message,
//! and Discord then says whether it is gone.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::{DepartureId, DepartureState, MessageId, MessageRef, RequestId, Status};
use crate::outbound::LISTED;
use crate::store;
use crate::workflow::step_error::StepError;

use super::CardPatrol;

/// How often everything is looked over.
const INTERVAL: Duration = Duration::from_hours(1);

/// Between two lists of one round.
const PAUSE: Duration = Duration::from_secs(1);

/// So many requests are read at once.
const PAGE: u64 = 500;

/// What is asked in a message.
#[derive(Clone, Copy)]
enum Asked {
    Request(RequestId),
    Departure(DepartureId),
}

impl CardPatrol {
    /// Runs until stopped.
    pub(in crate::workflow) async fn run(&self, stop: CancellationToken) {
        let clock = &self.ledger.clock;
        while !stop.is_cancelled() {
            let mut next = clock.later(INTERVAL);
            tokio::select! {
                looked = self.look_over() => if let Err(trouble) = looked {
                    tracing::warn!(%trouble, "the cards could not be looked over");
                    next = next.min(clock.later(self.rules.retries.longest));
                },
                () = stop.cancelled() => return,
            }
            tokio::select! {
                () = clock.sleep_until(next) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    async fn look_over(&self) -> Result<(), StepError> {
        let mut here = BTreeMap::new();
        for status in Status::OPEN {
            let mut last = RequestId(0);
            loop {
                let page = store::cards(&self.ledger.store, status, last, PAGE).await?;
                let Some(end) = page.last() else { break };
                last = end.0;
                for (request, place) in page {
                    self.sort(Asked::Request(request), place, &mut here).await?;
                }
            }
        }
        for departure in self.ledger.store.unsettled_departures().await? {
            if let DepartureState::Asking { .. } = departure.state {
                let asked = Asked::Departure(departure.id);
                self.sort(asked, departure.card.place, &mut here).await?;
            }
        }
        self.look_for(here).await
    }

    /// What is nowhere is about to be posted, and what is in another channel follows when it is shown.
    async fn sort(
        &self,
        asked: Asked,
        place: Option<MessageRef>,
        here: &mut BTreeMap<MessageId, Asked>,
    ) -> Result<(), store::Error> {
        let Some(place) = place else { return Ok(()) };
        if place.channel == self.rules.discord.admin_channel {
            here.insert(place.message, asked);
            return Ok(());
        }
        self.show(asked).await
    }

    /// A list begins at the oldest message that was not looked for yet, so there are never more lists than messages.
    async fn look_for(&self, mut wanted: BTreeMap<MessageId, Asked>) -> Result<(), StepError> {
        while let Some(first) = wanted.keys().next().copied() {
            let listed = self.messages.listed_from(first).await?;
            let later = match listed.last() {
                Some(last) if listed.len() == LISTED => {
                    wanted.split_off(&MessageId(first.max(*last).0 + 1))
                }
                _ => BTreeMap::new(),
            };
            for (message, asked) in wanted {
                if !listed.contains(&message) {
                    self.show(asked).await?;
                }
            }
            wanted = later;
            if !wanted.is_empty() {
                let clock = &self.ledger.clock;
                clock.sleep_until(clock.later(PAUSE)).await;
            }
        }
        Ok(())
    }

    async fn show(&self, asked: Asked) -> Result<(), store::Error> {
        match asked {
            Asked::Request(request) => {
                self.ledger.store.repaint(request).await?;
                self.ledger.work.notify_one();
            }
            Asked::Departure(departure) => {
                self.ledger.store.repaint_departure(departure).await?;
                self.ledger.departures.notify_one();
            }
        }
        Ok(())
    }
}
