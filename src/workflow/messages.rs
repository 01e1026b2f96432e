//! Keeps every message current: cards, letters and notices of requests, cards of departures, private answers. A message
//! is posted when there is none and edited when it is behind; doing either twice does no harm.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{
    Backoff, Departure, DeviceRequest, MemberId, MessageId, MessageRef, Projection, ProjectionKind,
    RoleId, Rules, Status,
};
use crate::outbound::{self, Message, Messenger, Missing, SentAnswer};
use crate::store;
use crate::view::{self, Rendered, ShownKey};

use super::ledger::Ledger;
use super::retry;
use super::step_error::StepError;

/// Whoever asked so lately still looks at the private answer.
const LOOKING: SignedDuration = SignedDuration::from_secs(30);

/// The only way to write to people. Knows no facts but those it is given.
#[derive(Clone)]
pub(super) struct Messages {
    messenger: Arc<Messenger>,
    ledger: Ledger,
    rules: Arc<Rules>,
}

/// What became of an attempt to write a message.
enum Outcome {
    Shown,
    /// Somebody has deleted the message.
    Deleted,
    Failed(StepError),
}

impl Messages {
    pub(super) fn new(messenger: Messenger, ledger: Ledger, rules: Arc<Rules>) -> Self {
        Self {
            messenger: Arc::new(messenger),
            ledger,
            rules,
        }
    }

    /// Writes one message of a request, or records why that failed and when to try again.
    pub(super) async fn show(
        &self,
        request: &DeviceRequest,
        kind: ProjectionKind,
    ) -> Result<(), StepError> {
        let before = request.projection(kind);
        let message = Message::Request(request, kind);
        let mut written = self.messenger.show(message).await;
        // A key that is of no more use is gone from the private answer before the card counts as shown.
        if kind == ProjectionKind::Card && written.is_ok() && !request.state.is_key_on_screen() {
            written = self.messenger.scrub(request).await.and(written);
        }
        if let Err(error) = &written
            && will_never_be_read(error, before)
        {
            return self.close(request, kind).await;
        }
        self.settle(request, kind, written).await
    }

    /// The click on this card was answered with the card as this request draws it.
    pub(super) async fn card_clicked(
        &self,
        drawn: &DeviceRequest,
        answer: SentAnswer,
    ) -> Result<(), StepError> {
        let Some(place) = drawn.card.place else {
            return Ok(());
        };
        self.messenger.remember_click(place, answer);
        self.settle(drawn, ProjectionKind::Card, Ok(place)).await
    }

    /// Records what became of an attempt to write a message, as it was drawn.
    async fn settle(
        &self,
        drawn: &DeviceRequest,
        kind: ProjectionKind,
        written: Result<MessageRef, outbound::Error>,
    ) -> Result<(), StepError> {
        let before = drawn.projection(kind);
        let message = Message::Request(drawn, kind);
        let (after, outcome) = self.after(message, drawn.version, written);
        if let Outcome::Failed(trouble) = &outcome {
            let (request, attempt) = (drawn.id.0, after.backoff.attempts);
            tracing::warn!(request, message = %kind, attempt, %trouble, "message not shown");
        }
        let request = self.save(drawn, kind, &after).await?;
        if kind == ProjectionKind::Card && has_new_trouble(drawn, &request) {
            self.ledger.store.repaint(request.id).await?;
            // A click can record this when the worker has just looked.
            self.ledger.work.notify_one();
        }
        let is_news = match outcome {
            Outcome::Shown => true,
            Outcome::Failed(_) => before.backoff.attempts == 0,
            Outcome::Deleted => false,
        };
        if is_news {
            self.update_answer(&request, kind).await;
        }
        Ok(())
    }

    /// Writes the card of a departure if that is due. Returns when to come back for it.
    pub(super) async fn show_departure(
        &self,
        departure: &Departure,
    ) -> Result<Option<Timestamp>, StepError> {
        if !departure.owes_card() {
            return Ok(None);
        }
        let now = self.ledger.clock.now();
        let before = &departure.card;
        if let Some(later) = before.backoff.retry_at.filter(|at| *at > now) {
            return Ok(Some(later));
        }
        let devices = self.ledger.store.requests(&departure.devices).await?;
        let card = Message::Departure(departure, &devices);
        let written = self.messenger.show(card).await;
        let (mut after, outcome) = self.after(card, departure.version, written);
        let again = match &outcome {
            Outcome::Shown => None,
            Outcome::Deleted => {
                // A question is asked again; an answer that somebody has tidied away is not.
                after.closed = !departure.is_open();
                Some(now)
            }
            Outcome::Failed(trouble) => {
                tracing::warn!(departure = departure.id.0, %trouble, "card not shown");
                after.backoff.retry_at
            }
        };
        let store = &self.ledger.store;
        store.departure_shown(departure.id, &after).await?;
        Ok(again)
    }

    /// The projection after an attempt to write its message.
    fn after(
        &self,
        message: Message<'_>,
        version: i64,
        written: Result<MessageRef, outbound::Error>,
    ) -> (Projection, Outcome) {
        let mut after = message.projection().cloned().unwrap_or_default();
        let moves = message.is_elsewhere(&self.rules);
        let outcome = match written {
            Ok(place) => {
                // A click can be answered with a card that is about to move.
                if moves && after.place != Some(place) {
                    after.generation += 1;
                    after.wanted_anew = false;
                }
                after.place = Some(place);
                after.shown = version;
                after.closed = false;
                after.backoff = Backoff::default();
                Outcome::Shown
            }
            Err(outbound::Error::Gone(_)) if after.place.is_some() && !moves => {
                forget_place(&mut after);
                Outcome::Deleted
            }
            Err(error) => {
                let error = StepError::from(error);
                let (rules, clock) = (&self.rules.retries, &self.ledger.clock);
                after.backoff = retry::backoff(rules, clock, after.backoff.attempts, &error);
                Outcome::Failed(error)
            }
        };
        (after, outcome)
    }

    async fn save(
        &self,
        request: &DeviceRequest,
        kind: ProjectionKind,
        projection: &Projection,
    ) -> Result<DeviceRequest, store::Error> {
        self.ledger.store.shown(request.id, kind, projection).await
    }

    /// Discord does not take this message: its reader accepts no direct messages, or is gone. When there is more to say,
    /// it is tried again.
    async fn close(&self, request: &DeviceRequest, kind: ProjectionKind) -> Result<(), StepError> {
        let mut projection = request.projection(kind).clone();
        (projection.closed, projection.shown) = (true, request.version);
        self.save(request, kind, &projection).await?;
        Ok(self.ledger.store.repaint(request.id).await?)
    }

    /// Posts the letter, still without a key. False if the requester accepts no direct messages.
    pub(super) async fn open_letter(&self, request: &DeviceRequest) -> Result<bool, StepError> {
        let letter = Message::Request(request, ProjectionKind::Letter);
        match self.messenger.show(letter).await {
            Err(error) if will_never_be_read(&error, &request.letter) => {
                self.close(request, ProjectionKind::Letter).await?;
                Ok(false)
            }
            written => {
                let (letter, _) = self.after(letter, request.version, Ok(written?));
                self.save(request, ProjectionKind::Letter, &letter).await?;
                Ok(true)
            }
        }
    }

    /// Edits the letter: the one message that holds a key. A letter that cannot take it is forgotten. The key is then
    /// reclaimed, and the next letter shows whether direct messages are closed.
    pub(super) async fn show_key(
        &self,
        request: &DeviceRequest,
        key: &ShownKey<'_>,
    ) -> Result<(), StepError> {
        if request.letter.place.is_none() {
            return Err(StepError::Overtaken);
        }
        // On success nothing is written down here: the event that is recorded next says what the letter shows.
        let Err(error) = self.messenger.show_key(request, key).await else {
            return Ok(());
        };
        if matches!(error, outbound::Error::Gone(_) | outbound::Error::Closed) {
            let mut letter = request.letter.clone();
            forget_place(&mut letter);
            self.save(request, ProjectionKind::Letter, &letter).await?;
        }
        Err(error.into())
    }

    /// Calls a requester who accepts no direct messages: in the private answer if they are looking at it, or else in the
    /// channel where they asked; and there once more before the offer ends.
    pub(super) async fn notify(&self, request: &DeviceRequest) -> Result<(), StepError> {
        if request.notice.shown >= request.version {
            return self.remind(request).await;
        }
        let mut request = request.clone();
        let now = self.ledger.clock.now();
        let in_private = request.notice.place.is_none()
            && self.messenger.edit_answer(&request).await.is_ok()
            && now.duration_since(request.created_at) < LOOKING;
        if in_private {
            request.notice.shown = request.version;
            request.notice.backoff = Backoff::default();
            let kind = ProjectionKind::Notice;
            self.save(&request, kind, &request.notice).await?;
            return Ok(());
        }
        // A first call that comes so late is the last.
        let is_late = request.reminded_at().is_some_and(|at| at <= now);
        request.notice.reminded |= is_late && request.notice.place.is_none();
        self.show(&request, ProjectionKind::Notice).await
    }

    /// An edit would call nobody, so the call is posted anew.
    async fn remind(&self, request: &DeviceRequest) -> Result<(), StepError> {
        if let Err(error) = self.messenger.end_call(request).await
            && error.is_passing()
        {
            let notice = Message::Request(request, ProjectionKind::Notice);
            let (after, _) = self.after(notice, request.version, Err(error));
            self.save(request, ProjectionKind::Notice, &after).await?;
            return Ok(());
        }
        let mut notice = request.notice.clone();
        forget_place(&mut notice);
        (notice.shown, notice.reminded) = (0, true);
        let request = self.save(request, ProjectionKind::Notice, &notice).await?;
        self.show(&request, ProjectionKind::Notice).await
    }

    /// The answer to `/request-device`, which shows this request, follows the card from now on, for as long as Discord
    /// lets it be edited. The worker may have been faster than the answer.
    pub(super) async fn follow_card(&self, shown: &DeviceRequest, answer: SentAnswer) {
        self.messenger.remember(shown, answer);
        if let Ok(Some(request)) = self.ledger.store.request(shown.id).await {
            self.update_answer(&request, ProjectionKind::Card).await;
        }
    }

    /// Nothing depends on it, so a failure is not repeated.
    async fn update_answer(&self, request: &DeviceRequest, shown: ProjectionKind) {
        if shown == ProjectionKind::Card
            && !is_told_elsewhere(request)
            && let Err(error) = self.messenger.edit_answer(request).await
        {
            tracing::debug!(%error, "the private answer was not edited");
        }
    }

    pub(super) async fn show_key_privately(
        &self,
        answer: &SentAnswer,
        request: &DeviceRequest,
        key: &ShownKey<'_>,
    ) -> Result<(), StepError> {
        let messenger = &self.messenger;
        Ok(messenger.show_key_privately(answer, request, key).await?)
    }

    /// A key in a private answer has been reclaimed. Nothing depends on it.
    pub(super) async fn scrub(&self, request: &DeviceRequest) {
        if let Err(error) = self.messenger.scrub(request).await {
            tracing::warn!(request = request.id.0, %error, "a dead key stays in a private answer");
        }
    }

    pub(super) async fn replace(
        &self,
        answer: &SentAnswer,
        face: Rendered,
    ) -> Result<(), outbound::Error> {
        self.messenger.replace(answer, face).await
    }

    /// Once for each failure: the version stays until they have been called.
    pub(super) async fn call_approvers(&self, request: &DeviceRequest) -> Result<(), StepError> {
        let subject = format!("failed {} {}", request.id, request.version);
        let face = view::failure(request, &self.rules);
        self.announce(&subject, face).await
    }

    /// Tells the approvers something once. Repeated after a crash, Discord hands back the first message.
    pub(super) async fn announce(&self, subject: &str, face: Rendered) -> Result<(), StepError> {
        let (store, now) = (&self.ledger.store, self.ledger.clock.now());
        let face = &face;
        let announcement = Message::Announcement { subject, face };
        self.messenger.show(announcement).await?;
        Ok(store.announced(subject, now).await?)
    }

    /// A part of a channel, in the order of time.
    pub(super) async fn listed_from(
        &self,
        first: MessageRef,
    ) -> Result<BTreeSet<MessageId>, outbound::Error> {
        self.messenger.listed_from(first).await
    }

    /// None if this is not, or no longer, a member of the server.
    pub(super) async fn roles_of(
        &self,
        member: MemberId,
    ) -> Result<Option<Vec<RoleId>>, outbound::Error> {
        self.messenger.roles_of(member).await
    }
}

/// While a device is on its way, its owner reads of it in the letter, and the private answer need not follow.
fn is_told_elsewhere(request: &DeviceRequest) -> bool {
    let by_letter = request.letter.place.is_some() && !request.letter.closed;
    match request.status() {
        Status::Approved | Status::Issuing => by_letter || request.held_up().is_none(),
        Status::Delivered => by_letter,
        Status::Pending
        | Status::Claimable
        | Status::Failed
        | Status::Joined
        | Status::Lost
        | Status::Denied
        | Status::Cancelled
        | Status::Expired
        | Status::Revoked => false,
    }
}

/// A step runs while the card is being written, and the card then lacks what went wrong in the meantime.
fn has_new_trouble(drawn: &DeviceRequest, now: &DeviceRequest) -> bool {
    drawn.backoff.last_error != now.backoff.last_error || drawn.letter.closed != now.letter.closed
}

/// The next message is a new one, with a nonce of its own.
fn forget_place(projection: &mut Projection) {
    projection.place = None;
    projection.generation += 1;
}

fn will_never_be_read(error: &outbound::Error, message: &Projection) -> bool {
    *error == outbound::Error::Closed
        || (*error == outbound::Error::Gone(Missing::Member) && message.place.is_none())
}
