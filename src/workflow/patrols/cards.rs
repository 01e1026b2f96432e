//! Sees whether the approvers' messages that have buttons are still there: without its card, a request could not be
//! decided, nor a device revoked. Nothing is posted for a missing line in a list, which may be incomplete: the worker
//! edits the message, and Discord then says whether it is gone.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::{
    ChannelId, DepartureId, DepartureState, MessageId, MessageRef, RequestId, Status,
};
use crate::outbound::{self, LISTED};
use crate::store::{self, KnownNode};
use crate::workflow::step_error::StepError;

use super::CardPatrol;

/// How often the open requests and questions are looked over, and the next of the keys and devices.
const INTERVAL: Duration = Duration::from_hours(1);

/// Between two lists of one round.
const PAUSE: Duration = Duration::from_secs(1);

/// So many requests are read at once.
const PAGE: u64 = 500;

/// So many keys, and as many devices, are looked for in one round.
const HELD: u64 = 100;

/// So many of their cards are shown in one round. Nobody waits for them, and a channel is to be read by people.
const SHOWN: usize = 20;

/// So many cards are edited in one round where lists are empty, to see whether they are there. Discord limits edits of
/// old messages, and whatever waits to be repeated is in the way of new cards.
const UNLISTED: usize = 5;

/// What has a message with buttons.
#[derive(Clone, Copy)]
enum Subject {
    Request(RequestId),
    /// A request that has become a key or a device.
    Held(RequestId),
    Departure(DepartureId),
}

type Cards = BTreeMap<MessageId, Subject>;

/// How far the rounds have come, where not everything has its turn in each.
#[derive(Clone, Copy, Default)]
struct Progress {
    key: RequestId,
    device: Option<KnownNode>,
    unlisted: MessageId,
}

impl CardPatrol {
    /// Runs until stopped.
    pub(in crate::workflow) async fn run(&self, stop: CancellationToken) {
        let clock = &self.ledger.clock;
        let mut progress = Progress::default();
        while !stop.is_cancelled() {
            let mut next = clock.later(INTERVAL);
            tokio::select! {
                looked = self.look_over(progress) => match looked {
                    Ok(further) => progress = further,
                    Err(trouble) => {
                        tracing::warn!(%trouble, "the cards could not be looked over");
                        next = next.min(clock.later(self.rules.retries.longest));
                    }
                },
                () = stop.cancelled() => return,
            }
            tokio::select! {
                () = clock.sleep_until(next) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    async fn look_over(&self, mut progress: Progress) -> Result<Progress, StepError> {
        let mut wanted = BTreeMap::new();
        self.add_open(&mut wanted).await?;
        self.add_held(&mut wanted, &mut progress).await?;
        let mut held = 0;
        for (channel, cards) in wanted {
            let missing = self.missing(channel, cards, &mut progress.unlisted).await?;
            for subject in missing.into_values() {
                let is_held = matches!(subject, Subject::Held(_));
                held += usize::from(is_held);
                if !is_held || held <= SHOWN {
                    self.repaint(subject).await?;
                }
            }
        }
        Ok(progress)
    }

    async fn add_open(&self, wanted: &mut BTreeMap<ChannelId, Cards>) -> Result<(), store::Error> {
        for status in Status::OPEN {
            let mut last = RequestId(0);
            loop {
                let page = store::cards(&self.ledger.store, status, last, PAGE).await?;
                let Some(end) = page.last() else { break };
                last = end.0;
                for (request, place) in page {
                    self.add(Subject::Request(request), place, wanted).await?;
                }
            }
        }
        for departure in self.ledger.store.unsettled_departures().await? {
            if let DepartureState::Asking { .. } = departure.state {
                let subject = Subject::Departure(departure.id);
                self.add(subject, departure.card.place, wanted).await?;
            }
        }
        Ok(())
    }

    /// The next keys and devices; after the last the first.
    async fn add_held(
        &self,
        wanted: &mut BTreeMap<ChannelId, Cards>,
        progress: &mut Progress,
    ) -> Result<(), store::Error> {
        let store = &self.ledger.store;
        let mut keys = store::cards(store, Status::Delivered, progress.key, HELD).await?;
        if keys.is_empty() {
            keys = store::cards(store, Status::Delivered, RequestId(0), HELD).await?;
        }
        let mut nodes = store.held().nodes(progress.device, HELD).await?;
        if nodes.is_empty() {
            nodes = store.held().nodes(None, HELD).await?;
        }
        progress.key = keys.last().map_or(RequestId(0), |last| last.0);
        progress.device = nodes.last().copied();
        let devices: Vec<_> = nodes.into_iter().map(KnownNode::request).collect();
        let devices = store.requests(&devices).await?.into_iter();
        for (request, place) in keys
            .into_iter()
            .chain(devices.map(|it| (it.id, it.card.place)))
        {
            self.add(Subject::Held(request), place, wanted).await?;
        }
        Ok(())
    }

    /// What is nowhere is about to be posted. What is asked in another channel follows when it is shown; the card of a
    /// key or a device may stay where it was.
    async fn add(
        &self,
        subject: Subject,
        place: Option<MessageRef>,
        wanted: &mut BTreeMap<ChannelId, Cards>,
    ) -> Result<(), store::Error> {
        let Some(MessageRef { channel, message }) = place else {
            return Ok(());
        };
        let is_here = channel == self.rules.discord.admin_channel;
        if !is_here && !matches!(subject, Subject::Held(_)) {
            return self.repaint(subject).await;
        }
        wanted.entry(channel).or_default().insert(message, subject);
        Ok(())
    }

    /// Those that no list shows. A list begins at the oldest message that was not looked for yet, so there are never more
    /// lists than messages.
    async fn missing(
        &self,
        channel: ChannelId,
        mut wanted: Cards,
        unlisted: &mut MessageId,
    ) -> Result<Cards, StepError> {
        let mut missing = Cards::new();
        let mut may_read = channel != self.rules.discord.admin_channel;
        while let Some(message) = wanted.keys().next().copied() {
            let first = MessageRef { channel, message };
            let listed = match self.messages.listed_from(first).await {
                Err(error) if self.is_lost(channel, error) => {
                    missing.append(&mut wanted);
                    break;
                }
                listed => listed?,
            };
            may_read |= !listed.is_empty();
            let later = match listed.last() {
                Some(last) if listed.len() == LISTED => {
                    wanted.split_off(&MessageId(message.max(*last).0 + 1))
                }
                _ => Cards::new(),
            };
            wanted.retain(|message, _| !listed.contains(message));
            missing.append(&mut wanted);
            wanted = later;
            if !wanted.is_empty() {
                let clock = &self.ledger.clock;
                clock.sleep_until(clock.later(PAUSE)).await;
            }
        }
        if may_read {
            return Ok(missing);
        }
        let cards = missing.len();
        tracing::warn!(
            cards,
            "none is listed: all were deleted, or the bot may not read the history of the approvers' channel"
        );
        Ok(next_after(&missing, unlisted))
    }

    /// The approvers have moved, and their old channel was deleted, or is closed to the bot.
    fn is_lost(&self, channel: ChannelId, error: outbound::Error) -> bool {
        use outbound::Error::{Forbidden, Gone};
        channel != self.rules.discord.admin_channel && matches!(error, Gone(_) | Forbidden { .. })
    }

    async fn repaint(&self, subject: Subject) -> Result<(), store::Error> {
        match subject {
            Subject::Request(request) | Subject::Held(request) => {
                self.ledger.store.repaint(request).await?;
                self.ledger.work.notify_one();
            }
            Subject::Departure(departure) => {
                self.ledger.store.repaint_departure(departure).await?;
                self.ledger.departures.notify_one();
            }
        }
        Ok(())
    }
}

/// The next few after those of the last round; after the last the first.
fn next_after(cards: &Cards, last: &mut MessageId) -> Cards {
    let later = cards.range((Excluded(*last), Unbounded));
    let next = later.chain(cards.range(..=*last)).take(UNLISTED);
    let next: Vec<_> = next
        .map(|(message, subject)| (*message, *subject))
        .collect();
    *last = next.last().map_or(*last, |(message, _)| *message);
    next.into_iter().collect()
}
