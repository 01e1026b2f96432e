//! Decisions about a request.

use crate::command::{Click, Reply};
use crate::domain::{DeviceRequest, Event, Person, Reason, State, Status, apply};

use super::Commands;
use super::outcome::ClickOutcome;
use crate::workflow::ledger::RecordError;

impl Commands {
    /// Approves, or lets a failed request be tried again.
    pub(super) async fn grant(
        &self,
        click: &Click,
        granted: fn(Person) -> Event,
    ) -> Result<Reply, ClickOutcome> {
        let request = self.on_card(click).await?;
        self.rules.may_grant(&click.asker, &request)?;
        let decided = self.decide(&request, click, granted).await?;
        Ok(Reply::Decided(Box::new(decided)))
    }

    pub(super) async fn ask_to_deny(&self, click: &Click) -> Result<Reply, ClickOutcome> {
        let denied = |by| Event::Denied { by, reason: None };
        let request = self.would_change(click, denied).await?;
        Ok(Reply::AskForReason(request.id))
    }

    pub(super) async fn deny(&self, click: &Click, reason: &str) -> Result<Reply, ClickOutcome> {
        let request = self.on_card(click).await?;
        let reason = Reason::parse(reason)?;
        let denied = |by| Event::Denied { by, reason };
        let decided = self.decide(&request, click, denied).await?;
        Ok(Reply::Decided(Box::new(decided)))
    }

    pub(super) async fn ask_to_revoke(&self, click: &Click) -> Result<Reply, ClickOutcome> {
        let asked = |by| Event::RevokeAsked { by };
        let request = self.would_change(click, asked).await?;
        Ok(Reply::ConfirmRevoke(Box::new(request)))
    }

    /// The confirmation is a private answer in the approvers' channel: its id is recorded nowhere.
    pub(super) async fn revoke(&self, click: &Click) -> Result<Reply, ClickOutcome> {
        let request = self.in_admin_channel(click).await?;
        let asked = |by| Event::RevokeAsked { by };
        let request = self.decide(&request, click, asked).await?;
        Ok(Reply::Revoking(Box::new(request)))
    }

    pub(super) async fn cancel(&self, click: &Click) -> Result<Reply, ClickOutcome> {
        let mut request = self.own_request(click).await?;
        if request.status() != Status::Cancelled {
            request = self.decide(&request, click, |_| Event::Cancelled).await?;
        }
        let on_letter = click.on.is_some() && click.on == request.letter.place;
        let request = Box::new(request);
        Ok(if on_letter {
            Reply::CancelledByLetter(request)
        } else {
            Reply::Cancelled(request)
        })
    }

    /// The request on whose card the click is, if the event has a place in its state. Records nothing.
    async fn would_change(
        &self,
        click: &Click,
        event: impl FnOnce(Person) -> Event,
    ) -> Result<DeviceRequest, ClickOutcome> {
        let request = self.on_card(click).await?;
        let event = event(click.asker.person.clone());
        match apply(&request, event.clone(), self.ledger.clock.now()) {
            Ok(_) => Ok(request),
            Err(_) => Err(too_late(request, &event)),
        }
    }

    /// What the bot itself notes meanwhile takes no decision away: as long as the event has a place in the request's
    /// state, it is recorded.
    async fn decide(
        &self,
        request: &DeviceRequest,
        click: &Click,
        event: impl FnOnce(Person) -> Event,
    ) -> Result<DeviceRequest, ClickOutcome> {
        let by = &click.asker.person;
        let event = event(by.clone());
        let mut request = request.clone();
        loop {
            let recorded = self.ledger.record_by(&request, event.clone(), Some(by));
            match recorded.await {
                Ok(request) => return Ok(request),
                Err(RecordError::Store(error)) => return Err(error.into()),
                Err(RecordError::Overtaken) => request = self.known(request.id).await?,
            }
            if apply(&request, event.clone(), self.ledger.clock.now()).is_err() {
                return Err(too_late(request, &event));
            }
        }
    }
}

/// Whoever clicks twice needs no answer. Anybody else reads what stands, and so does somebody who has changed their mind.
fn too_late(today: DeviceRequest, event: &Event) -> ClickOutcome {
    ClickOutcome::Answered(if has_happened(&today, event) {
        Reply::Seen
    } else {
        Reply::AlreadyDecided(Box::new(today))
    })
}

/// Already, by the same person.
fn has_happened(request: &DeviceRequest, event: &Event) -> bool {
    let revoker = request.state.revoker();
    match (event, &request.state) {
        (Event::Denied { by, .. }, State::Denied { by: decider, .. }) => by == decider,
        (Event::RevokeAsked { by }, _) => revoker == Some(by),
        (_, State::Failed { .. }) => false,
        (Event::Approved { by } | Event::Retried { by }, state) => {
            revoker.is_none() && state.approval().is_some_and(|approval| approval.by == *by)
        }
        _ => false,
    }
}

#[cfg(test)]
#[path = "../../../tests/rooms/workflow/decide.rs"]
mod tests;
