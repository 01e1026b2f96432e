//! Keeping messages true. A message is posted when there is none and edited when it is behind; doing either twice
//! does no harm.

use crate::domain::{Backoff, DeviceRequest, MessageRef, ProjectionKind, RequestId, Status};
use crate::outbound::{self, Missing};

use super::issue::Fresh;
use super::{Trouble, Workflow};

impl Workflow {
    /// Writes one message of a request, or remembers why it could not be written and when to try again.
    pub(super) async fn show(
        &self,
        request: &DeviceRequest,
        kind: ProjectionKind,
    ) -> Result<(), Trouble> {
        match self.write(request, kind).await {
            Ok(place) => {
                let request = self.was_shown(request, kind, place).await?;
                self.keep_answer_true(&request, kind).await;
                Ok(())
            }
            Err(outbound::Error::Gone(_)) if request.projection(kind).place.is_some() => {
                self.is_gone(request, kind).await
            }
            Err(outbound::Error::Closed | outbound::Error::Gone(Missing::Member)) => {
                self.is_closed(request, kind).await
            }
            Err(error) => self.show_later(request, kind, error).await,
        }
    }

    async fn write(
        &self,
        request: &DeviceRequest,
        kind: ProjectionKind,
    ) -> Result<MessageRef, outbound::Error> {
        let messenger = &self.parts.messenger;
        let Some(place) = request.projection(kind).place else {
            return match kind {
                ProjectionKind::Card => messenger.post_card(request).await,
                ProjectionKind::Letter => messenger.open_letter(request).await,
                ProjectionKind::Notice => messenger.post_notice(request).await,
            };
        };
        match kind {
            ProjectionKind::Card => messenger.edit_card(request).await?,
            ProjectionKind::Letter => messenger.edit_letter(request).await?,
            ProjectionKind::Notice => messenger.edit_notice(request).await?,
        }
        Ok(place)
    }

    /// The private answer to the command says the same as the card, for as long as Discord lets it be edited. Nothing
    /// depends on it.
    async fn keep_answer_true(&self, request: &DeviceRequest, shown: ProjectionKind) {
        let still_moving = matches!(request.status(), Status::Approved | Status::Issuing);
        if shown == ProjectionKind::Card && !still_moving {
            let edited = self.parts.messenger.edit_answer(request).await;
            if let Err(error) = edited {
                tracing::debug!(%error, "the private answer was not edited");
            }
        }
    }

    /// For an answer that could not be changed until now, while the worker was faster than the answer.
    pub async fn refresh_answer(&self, id: RequestId) {
        if let Ok(Some(request)) = self.parts.store.request(id).await
            && request.card.shown > 0
        {
            self.keep_answer_true(&request, ProjectionKind::Card).await;
        }
    }

    /// A requester who cannot be written to is told in the private answer, or else once where they asked.
    pub(super) async fn call(&self, request: &DeviceRequest) -> Result<(), Trouble> {
        let messenger = &self.parts.messenger;
        if request.notice.place.is_none() && messenger.edit_answer(request).await.is_ok() {
            let mut told = request.notice.clone();
            told.shown = request.version;
            self.parts
                .store
                .shown(request.id, ProjectionKind::Notice, &told)
                .await?;
            return Ok(());
        }
        self.show(request, ProjectionKind::Notice).await
    }

    /// The one message with a key in it. A letter that cannot take the key is forgotten: the key is reclaimed, and
    /// the next letter tells whether direct messages are closed.
    pub(super) async fn show_letter_with_key(&self, fresh: &Fresh) -> Result<(), Trouble> {
        let request = &fresh.request;
        if request.letter.place.is_none() {
            return Err(Trouble::Overtaken);
        }
        let messenger = &self.parts.messenger;
        match messenger.show_key(request, &fresh.shown()).await {
            // What it shows now is said by the status, which is recorded next.
            Ok(()) => Ok(()),
            Err(error) => {
                if matches!(error, outbound::Error::Gone(_) | outbound::Error::Closed) {
                    self.is_gone(request, ProjectionKind::Letter).await?;
                }
                Err(error.into())
            }
        }
    }

    pub(super) async fn was_shown(
        &self,
        request: &DeviceRequest,
        kind: ProjectionKind,
        place: MessageRef,
    ) -> Result<DeviceRequest, Trouble> {
        let mut projection = request.projection(kind).clone();
        projection.place = Some(place);
        projection.shown = request.version;
        projection.backoff = Backoff::default();
        Ok(self
            .parts
            .store
            .shown(request.id, kind, &projection)
            .await?)
    }

    /// Somebody deleted the message: the next one is a new message, with a nonce of its own.
    async fn is_gone(&self, request: &DeviceRequest, kind: ProjectionKind) -> Result<(), Trouble> {
        let mut projection = request.projection(kind).clone();
        projection.place = None;
        projection.generation += 1;
        self.parts
            .store
            .shown(request.id, kind, &projection)
            .await?;
        Ok(())
    }

    pub(super) async fn is_closed(
        &self,
        request: &DeviceRequest,
        kind: ProjectionKind,
    ) -> Result<(), Trouble> {
        let mut projection = request.projection(kind).clone();
        projection.closed = true;
        let store = &self.parts.store;
        let request = store.shown(request.id, kind, &projection).await?;
        self.repaint_card(&request).await
    }

    /// Makes the card owed although no fact has changed: it also tells of troubles.
    pub(super) async fn repaint_card(&self, request: &DeviceRequest) -> Result<(), Trouble> {
        if request.card.place.is_none() {
            return Ok(());
        }
        let mut card = request.card.clone();
        card.shown = card.shown.min(request.version - 1);
        self.parts
            .store
            .shown(request.id, ProjectionKind::Card, &card)
            .await?;
        Ok(())
    }

    async fn show_later(
        &self,
        request: &DeviceRequest,
        kind: ProjectionKind,
        error: outbound::Error,
    ) -> Result<(), Trouble> {
        let mut projection = request.projection(kind).clone();
        let first = projection.backoff.attempts == 0;
        let trouble = Trouble::from(error);
        projection.backoff = self.backoff(projection.backoff.attempts, &trouble);
        tracing::warn!(request = request.id.0, message = %kind, attempt = projection.backoff.attempts, %trouble, "message not shown");
        let store = &self.parts.store;
        let request = store.shown(request.id, kind, &projection).await?;
        if first {
            self.keep_answer_true(&request, kind).await;
        }
        Ok(())
    }
}
