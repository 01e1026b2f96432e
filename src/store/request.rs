//! Requests: found, changed by compare-and-set, and what was shown of them.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QuerySelect,
};

use super::audit::{self, AuditEntry};
use super::entity::device_request::{Column, Entity};
use super::{Error, Store, row};
use crate::domain::{
    Abandoned, Backoff, DeviceRequest, Projection, ProjectionKind, RequestId, Status,
};

/// The outcome of a compare-and-set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a lost swap has written nothing"]
pub enum Swap {
    Done,
    /// Somebody else was first; nothing was written.
    Lost,
}

impl Store {
    pub async fn request(&self, id: RequestId) -> Result<Option<DeviceRequest>, Error> {
        let found = row::by_key(Entity::find_by_id(id.0), &self.db).await?;
        found.as_ref().map(row::read).transpose()
    }

    /// Those of these requests that exist, in the order given.
    pub(crate) async fn requests(&self, ids: &[RequestId]) -> Result<Vec<DeviceRequest>, Error> {
        let rows = Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.0)));
        let rows = rows.all(&self.db).await?;
        let mut found = row::readable(&rows, row::read);
        found.sort_by_key(|request| ids.iter().position(|id| *id == request.id));
        Ok(found)
    }

    /// Writes `after` and its line in the audit log if the row is still at the version of `before`.
    /// What was shown meanwhile is kept.
    pub(crate) async fn swap(
        &self,
        before: &DeviceRequest,
        after: &DeviceRequest,
        audit: &AuditEntry,
    ) -> Result<Swap, Error> {
        let (id, version) = (before.id, before.version);
        let (after, audit) = (after.clone(), audit.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let changed = change(tx, id, Some(version), |today| {
                    *today = DeviceRequest {
                        card: std::mem::take(&mut today.card),
                        letter: std::mem::take(&mut today.letter),
                        notice: std::mem::take(&mut today.notice),
                        ..after
                    };
                });
                let Some(after) = changed.await? else {
                    return Ok(Swap::Lost);
                };
                let (at, version) = (after.updated_at, after.version);
                audit::append(tx, &audit, at, Some(id), Some(version)).await?;
                Ok(Swap::Done)
            })
        })
        .await
    }

    /// Sets when the present step may be tried again, if the row is still at this version.
    pub(crate) async fn postpone(
        &self,
        id: RequestId,
        version: i64,
        backoff: &Backoff,
    ) -> Result<Swap, Error> {
        let backoff = backoff.clone();
        let changed = edit(self, id, Some(version), |request| request.backoff = backoff);
        Ok(changed.await?.map_or(Swap::Lost, |_| Swap::Done))
    }

    /// Records a look for a key that may be made late. The version stays.
    pub(crate) async fn looked_for(
        &self,
        id: RequestId,
        key: &Abandoned,
        next: Option<Abandoned>,
    ) -> Result<(), Error> {
        let looked_for = key.key_expires_at;
        let changed = edit(self, id, None, move |request| {
            let abandoned = &mut request.abandoned;
            abandoned.retain(|other| other.key_expires_at != looked_for);
            abandoned.extend(next);
        });
        changed.await.map(|_| ())
    }

    /// Records what a message shows. The version stays; the request is returned as it is now. A place that is known is
    /// forgotten only by the next generation: whoever posts in vain may not know that the message has been found. So is
    /// the wish for a new card: what was drawn before it does not fulfil it.
    ///
    /// # Errors
    /// [`Error::UnknownRequest`]
    pub(crate) async fn shown(
        &self,
        id: RequestId,
        kind: ProjectionKind,
        projection: &Projection,
    ) -> Result<DeviceRequest, Error> {
        let projection = projection.clone();
        let changed = edit(self, id, None, move |request| {
            let before = request.version - 1;
            let today = request.projection_mut(kind);
            let earlier = std::mem::replace(today, projection);
            if earlier.generation == today.generation {
                today.place = today.place.or(earlier.place);
                today.wanted_anew = earlier.wanted_anew;
            }
            if today.wanted_anew {
                today.shown = today.shown.min(before);
            }
        });
        changed.await?.ok_or(Error::UnknownRequest(id))
    }

    /// Makes the card due although the request is the same: what it says of troubles is out of date. So does the letter
    /// of a requester who waits for a key.
    pub async fn repaint(&self, id: RequestId) -> Result<(), Error> {
        let changed = edit(self, id, None, |request| {
            let before = request.version - 1;
            let waits = matches!(request.status(), Status::Approved | Status::Issuing);
            let letter = waits.then_some(&mut request.letter);
            for message in letter.into_iter().chain([&mut request.card]) {
                if message.place.is_some() {
                    message.shown = message.shown.min(before);
                }
            }
        });
        changed.await.map(|_| ())
    }

    /// Corrects when a request is due if another release of this program judged it differently.
    pub(crate) async fn correct_due(&self, id: RequestId) -> Result<(), Error> {
        edit(self, id, None, |_| ()).await.map(|_| ())
    }

    /// The first moment from `wanted` on that is further than `apart` from every other attempt's key expiry: the
    /// attempt's fingerprint.
    pub(crate) async fn unique_key_expiry(
        &self,
        wanted: Timestamp,
        apart: Duration,
    ) -> Result<Timestamp, Error> {
        let apart = i64::try_from(apart.as_millis()).unwrap_or(i64::MAX);
        let mut candidate = reserve(&self.last_expiry, wanted, apart);
        while is_expiry(&self.db, candidate, apart).await? {
            candidate = reserve(&self.last_expiry, wanted, apart);
        }
        Ok(candidate)
    }
}

/// Later by more than `apart` milliseconds than every moment reserved before, and not before `wanted`.
fn reserve(last: &AtomicI64, wanted: Timestamp, apart: i64) -> Timestamp {
    let wanted = wanted.as_millisecond();
    let later = |last: i64| wanted.max(last.saturating_add(apart).saturating_add(1));
    let last = last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
        Some(later(last))
    });
    row::moment(later(last.unwrap_or_else(|last| last))).unwrap_or(Timestamp::MAX)
}

async fn is_expiry(db: &impl ConnectionTrait, at: Timestamp, apart: i64) -> Result<bool, Error> {
    let at = at.as_millisecond();
    let near = Column::KeyExpiresAt.between(at.saturating_sub(apart), at.saturating_add(apart));
    Ok(Entity::find().filter(near).count(db).await? > 0)
}

/// The request as it then is. None where there is none, or none at this version.
pub(super) async fn edit(
    store: &Store,
    id: RequestId,
    version: Option<i64>,
    edit: impl FnOnce(&mut DeviceRequest) + Send + 'static,
) -> Result<Option<DeviceRequest>, Error> {
    let changed = store.write(move |tx| Box::pin(change(tx, id, version, edit)));
    changed.await
}

/// Writes the columns in which the row then differs. None where there is no such request, or none at this version.
async fn change(
    tx: &DatabaseTransaction,
    id: RequestId,
    version: Option<i64>,
    edit: impl FnOnce(&mut DeviceRequest),
) -> Result<Option<DeviceRequest>, Error> {
    // SQLite has locked the whole file already; other databases lock the row here.
    let found = row::by_key(Entity::find_by_id(id.0).lock_exclusive(), tx).await?;
    let Some(before) = found.filter(|row| version.is_none_or(|version| row.version == version))
    else {
        return Ok(None);
    };
    let mut request = row::read(&before)?;
    edit(&mut request);
    Entity::update_many()
        .set(row::changes(&before, row::of(&request)?))
        .filter(Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    Ok(Some(request))
}
