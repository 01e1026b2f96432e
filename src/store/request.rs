//! Requests: looked up, changed by compare-and-set, shown.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, Iterable, ModelTrait, PaginatorTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};

use super::audit::{self, About, AuditEntry};
use super::entity::device_request::{ActiveModel, Column, Entity, Model};
use super::entity::projection;
use super::{Error, Store, row};
use crate::domain::{Backoff, DeviceRequest, Projection, ProjectionKind, RequestId};

/// The end of a compare-and-set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a lost swap has written nothing"]
pub enum Swap {
    Done,
    /// Somebody else was first; nothing was written.
    Lost,
}

impl Store {
    pub async fn request(&self, id: RequestId) -> Result<Option<DeviceRequest>, Error> {
        load(&self.db, id).await
    }

    /// Writes `after` and its line in the audit log, if the row is still at the version of `before`.
    /// What was shown meanwhile is kept.
    pub async fn swap(
        &self,
        before: &DeviceRequest,
        after: &DeviceRequest,
        audit: &AuditEntry,
    ) -> Result<Swap, Error> {
        let tx = self.begin().await?;
        let mut after = after.clone();
        with_shown(&tx, &mut after).await?;
        if !update(&tx, before, &after).await? {
            tx.rollback().await?;
            return Ok(Swap::Lost);
        }
        audit::append(&tx, About::version_of(&after), audit).await?;
        tx.commit().await?;
        Ok(Swap::Done)
    }

    /// Sets when the present step may be tried again, if the row is still at this version.
    pub async fn postpone(
        &self,
        id: RequestId,
        version: i64,
        backoff: &Backoff,
    ) -> Result<Swap, Error> {
        let tx = self.begin().await?;
        let found = load(&tx, id).await?;
        let Some(before) = found.filter(|found| found.version == version) else {
            tx.rollback().await?;
            return Ok(Swap::Lost);
        };
        let mut request = before.clone();
        request.backoff = backoff.clone();
        update(&tx, &before, &request).await?;
        tx.commit().await?;
        Ok(Swap::Done)
    }

    /// Records what a message shows. The version stays; the request is returned as it is now.
    ///
    /// # Errors
    /// [`Error::UnknownRequest`]
    pub async fn shown(
        &self,
        id: RequestId,
        kind: ProjectionKind,
        projection: &Projection,
    ) -> Result<DeviceRequest, Error> {
        let tx = self.begin().await?;
        let found = load(&tx, id).await?;
        let mut request = found.ok_or(Error::UnknownRequest(id))?;
        put_projection(&tx, row::projection_of(id, kind, projection)).await?;
        *request.projection_mut(kind) = projection.clone();
        put_due(&tx, &request).await?;
        tx.commit().await?;
        Ok(request)
    }

    /// The first moment from `wanted` on that is further than `apart` from every other attempt's key expiry: the
    /// attempt's fingerprint.
    pub async fn unique_key_expiry(
        &self,
        wanted: Timestamp,
        apart: Duration,
    ) -> Result<Timestamp, Error> {
        let apart = i64::try_from(apart.as_millis()).unwrap_or(i64::MAX);
        let mut candidate = self.reserve(wanted, apart);
        while is_expiry(&self.db, candidate, apart).await? {
            candidate = self.reserve(wanted, apart);
        }
        Ok(candidate)
    }

    /// Later by more than `apart` milliseconds than every moment reserved before, and not before `wanted`.
    fn reserve(&self, wanted: Timestamp, apart: i64) -> Timestamp {
        let wanted = wanted.as_millisecond();
        let later = |last: i64| wanted.max(last.saturating_add(apart).saturating_add(1));
        let last = self
            .last_expiry
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(later(last))
            });
        row::moment(later(last.unwrap_or_else(|last| last))).unwrap_or(Timestamp::MAX)
    }
}

async fn is_expiry(db: &impl ConnectionTrait, at: Timestamp, apart: i64) -> Result<bool, Error> {
    let at = at.as_millisecond();
    let near = at.saturating_sub(apart)..=at.saturating_add(apart);
    let rows = Entity::find().filter(Column::KeyExpiresAt.between(*near.start(), *near.end()));
    Ok(rows.count(db).await? > 0)
}

/// Whether the row was still at the version of `before`.
async fn update(
    tx: &DatabaseTransaction,
    before: &DeviceRequest,
    after: &DeviceRequest,
) -> Result<bool, Error> {
    let updated = Entity::update_many()
        .set(changes(&row::of(before), &row::of(after)))
        .filter(Column::Id.eq(before.id.0))
        .filter(Column::Version.eq(before.version))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// A column that is written is written to its indexes, too, so only what differs is. When to try again and when to look
/// change without a new version: of these `before` may not be what the row says.
fn changes(before: &Model, after: &Model) -> ActiveModel {
    use Column::{Attempts, DueAt, LastError, RetryAt};
    let mut changes = after.clone().into_active_model();
    for column in Column::iter() {
        let unversioned = matches!(column, Attempts | RetryAt | LastError | DueAt);
        if unversioned || before.get(column) != after.get(column) {
            changes.reset(column);
        }
    }
    changes
}

pub(super) fn all_set(row: Model) -> ActiveModel {
    row.into_active_model().reset_all()
}

/// Rewrites when the worker should look next; needed wherever a projection or a step changes alone.
pub(super) async fn put_due(
    tx: &DatabaseTransaction,
    request: &DeviceRequest,
) -> Result<(), Error> {
    use sea_orm::ExprTrait as _;
    let due_at = row::of(request).due_at;
    Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(due_at))
        .filter(Column::Id.eq(request.id.0))
        .filter(Expr::col(Column::DueAt).is_not(due_at))
        .exec(tx)
        .await?;
    Ok(())
}

async fn put_projection(tx: &DatabaseTransaction, shown: projection::Model) -> Result<(), Error> {
    use projection::Column as Shown;
    let replace = OnConflict::columns([Shown::RequestId, Shown::Kind])
        .update_columns([
            Shown::Channel,
            Shown::Message,
            Shown::Shown,
            Shown::Generation,
            Shown::Closed,
            Shown::Attempts,
            Shown::RetryAt,
            Shown::LastError,
        ])
        .to_owned();
    projection::Entity::insert(shown.into_active_model().reset_all())
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// In one statement, so that row and projections are of one moment even without a transaction.
pub(super) async fn load(
    db: &impl ConnectionTrait,
    id: RequestId,
) -> Result<Option<DeviceRequest>, Error> {
    let found = Entity::find_by_id(id.0).find_with_related(projection::Entity);
    let mut found = found.all(db).await?.into_iter();
    let read = found.next().map(|(row, shown)| row::read(&row, &shown));
    read.transpose()
}

pub(super) async fn shown_of(
    tx: &DatabaseTransaction,
    ids: &[i64],
) -> Result<Vec<projection::Model>, Error> {
    Ok(projection::Entity::find()
        .filter(projection::Column::RequestId.is_in(ids.iter().copied()))
        .all(tx)
        .await?)
}

async fn with_shown(tx: &DatabaseTransaction, request: &mut DeviceRequest) -> Result<(), Error> {
    let shown = shown_of(tx, &[request.id.0]).await?;
    row::put_shown(request, &shown)
}
