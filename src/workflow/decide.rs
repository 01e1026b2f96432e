//! Clicks on cards, letters and answers. Every click is checked here, whatever Discord showed: role, message,
//! state. A refused click changes nothing, tells nothing about the request, and is kept in the audit log.

use jiff::Timestamp;

use crate::command::{Click, Reply};
use crate::domain::{
    DeviceRequest, Event, Person, Reason, Refusal, RequestId, State, Status, apply,
};
use crate::store::{self, AuditEntry};

use super::{RecordError, Workflow};

/// A click that does not lead to an event, with what to answer.
pub(super) enum Stop {
    Refused(Refusal),
    Answered(Reply),
    Store(store::Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<store::Error> for Stop {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl Workflow {
    pub(super) async fn approve(&self, click: Click) -> Result<Reply, store::Error> {
        let by = click.asker.person.clone();
        let outcome = async {
            let request = self.on_card(&click).await?;
            self.parts.rules.may_grant(&click.asker, &request)?;
            self.decide(&request, Event::Approved { by: by.clone() }, &by)
                .await
        };
        let outcome = outcome.await;
        self.conclude(&click, "approve refused", outcome).await
    }

    pub(super) async fn ask_to_deny(&self, click: Click) -> Result<Reply, store::Error> {
        let outcome = async {
            let request = self.on_card(&click).await?;
            let by = click.asker.person.clone();
            let denied = Event::Denied { by, reason: None };
            match apply(&request, denied, self.parts.clock.now()) {
                Ok(_) => Ok(Reply::AskForReason(request.id)),
                Err(_) => Err(self.too_late(request, &click.asker.person)),
            }
        };
        let outcome = outcome.await;
        self.conclude(&click, "deny refused", outcome).await
    }

    pub(super) async fn deny(&self, click: Click, reason: &str) -> Result<Reply, store::Error> {
        let by = click.asker.person.clone();
        let outcome = async {
            let request = self.on_card(&click).await?;
            let reason = Reason::parse(reason)?;
            let denied = Event::Denied {
                by: by.clone(),
                reason,
            };
            self.decide(&request, denied, &by).await
        };
        let outcome = outcome.await;
        self.conclude(&click, "deny refused", outcome).await
    }

    pub(super) async fn retry(&self, click: Click) -> Result<Reply, store::Error> {
        let by = click.asker.person.clone();
        let outcome = async {
            let request = self.on_card(&click).await?;
            self.parts.rules.may_grant(&click.asker, &request)?;
            self.decide(&request, Event::Retried { by: by.clone() }, &by)
                .await
        };
        let outcome = outcome.await;
        self.conclude(&click, "retry refused", outcome).await
    }

    pub(super) async fn ask_to_revoke(&self, click: Click) -> Result<Reply, store::Error> {
        let outcome = async {
            let request = self.on_card(&click).await?;
            let by = click.asker.person.clone();
            match apply(&request, Event::RevokeAsked { by }, self.parts.clock.now()) {
                Ok(_) => Ok(Reply::ConfirmRevoke(Box::new(request))),
                Err(_) => Err(self.too_late(request, &click.asker.person)),
            }
        };
        let outcome = outcome.await;
        self.conclude(&click, "revoke refused", outcome).await
    }

    /// The confirmation is a private answer in the approvers' channel, whose id nobody knows.
    pub(super) async fn decide_to_revoke(&self, click: Click) -> Result<Reply, store::Error> {
        let by = click.asker.person.clone();
        let outcome = async {
            let request = self.in_admin_channel(&click).await?;
            match self
                .record(&request, Event::RevokeAsked { by: by.clone() }, Some(&by))
                .await
            {
                Ok(request) => Ok(Reply::Revoking(Box::new(request))),
                Err(error) => Err(self.overtaken(request.id, &by, error).await),
            }
        };
        let outcome = outcome.await;
        self.conclude(&click, "revoke refused", outcome).await
    }

    pub(super) async fn cancel(&self, click: Click) -> Result<Reply, store::Error> {
        let by = click.asker.person.clone();
        let outcome = async {
            let request = self.own_request(&click).await?;
            if request.status() == Status::Cancelled {
                return Ok(Reply::Cancelled(Box::new(request)));
            }
            match self.record(&request, Event::Cancelled, Some(&by)).await {
                Ok(request) => Ok(Reply::Cancelled(Box::new(request))),
                Err(error) => Err(self.overtaken(request.id, &by, error).await),
            }
        };
        let outcome = outcome.await;
        self.conclude(&click, "cancel refused", outcome).await
    }

    /// Role before request, so that a refusal reveals nothing; then the request; then the recorded card. A card can
    /// be clicked before Discord's reply to its posting has come: what is not recorded yet cannot be the wrong one.
    async fn on_card(&self, click: &Click) -> Result<DeviceRequest, Stop> {
        let request = self.in_admin_channel(click).await?;
        if request.card.place.is_some() && click.on != request.card.place {
            return Err(Stop::Answered(Reply::HealCard(Box::new(request))));
        }
        Ok(request)
    }

    async fn in_admin_channel(&self, click: &Click) -> Result<DeviceRequest, Stop> {
        self.parts.rules.is_approver(&click.asker)?;
        let clicked_in = click.on.map(|message| message.channel);
        if clicked_in != Some(self.parts.rules.discord.admin_channel) {
            return Err(Stop::Refused(Refusal::StaleCard));
        }
        self.known(click.request).await
    }

    /// Somebody else's request and one that never was are refused in the same words.
    pub(super) async fn own_request(&self, click: &Click) -> Result<DeviceRequest, Stop> {
        self.parts.rules.is_reached_from(&click.asker)?;
        let request = self.parts.store.request(click.request).await?;
        request
            .filter(|request| request.requester.id == click.asker.person.id)
            .ok_or(Stop::Refused(Refusal::NotTheRequester))
    }

    async fn known(&self, id: RequestId) -> Result<DeviceRequest, Stop> {
        let request = self.parts.store.request(id).await?;
        request.ok_or(Stop::Refused(Refusal::UnknownRequest))
    }

    async fn decide(
        &self,
        request: &DeviceRequest,
        event: Event,
        by: &Person,
    ) -> Result<Reply, Stop> {
        match self.record(request, event, Some(by)).await {
            Ok(_) => Ok(Reply::Seen),
            Err(error) => Err(self.overtaken(request.id, by, error).await),
        }
    }

    async fn overtaken(&self, id: RequestId, by: &Person, error: RecordError) -> Stop {
        match error {
            RecordError::Store(error) => Stop::Store(error),
            RecordError::Overtaken => match self.known(id).await {
                Ok(today) => self.too_late(today, by),
                Err(stop) => stop,
            },
        }
    }

    /// The same person pressing twice has nothing to be told; anybody else hears who was faster.
    #[expect(clippy::unused_self, reason = "reads as one of the family")]
    fn too_late(&self, today: DeviceRequest, by: &Person) -> Stop {
        let same_person = decided_by(&today).is_some_and(|(decider, _)| decider == by);
        Stop::Answered(if same_person {
            Reply::Seen
        } else {
            Reply::AlreadyDecided(Box::new(today))
        })
    }

    pub(super) async fn conclude(
        &self,
        click: &Click,
        what: &'static str,
        outcome: Result<Reply, Stop>,
    ) -> Result<Reply, store::Error> {
        match outcome {
            Ok(reply) | Err(Stop::Answered(reply)) => Ok(reply),
            Err(Stop::Store(error)) => Err(error),
            Err(Stop::Refused(refusal)) => {
                let person = &click.asker.person;
                self.refuse(person, Some(click.request), what, refusal)
                    .await
            }
        }
    }

    pub(super) async fn refuse(
        &self,
        person: &Person,
        request: Option<RequestId>,
        event: &'static str,
        refusal: Refusal,
    ) -> Result<Reply, store::Error> {
        let now = self.parts.clock.now();
        if let Err(too_fast) = self.pace.spend(person.id, now) {
            return Ok(Reply::Refused(too_fast));
        }
        tracing::info!(
            by = person.id.0,
            request = request.map(|id| id.0),
            event,
            "refused"
        );
        let entry = AuditEntry {
            actor: Some(person.clone()),
            event,
            detail: Some(refusal.to_string()),
        };
        self.parts.store.note(&entry, request, now).await?;
        Ok(Reply::Refused(refusal))
    }
}

/// Who decided, and when.
fn decided_by(request: &DeviceRequest) -> Option<(&Person, Timestamp)> {
    if let State::Denied { by, .. } = &request.state {
        return Some((by, request.updated_at));
    }
    let approval = request.state.approval()?;
    Some((&approval.by, approval.at))
}
