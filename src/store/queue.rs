//! What is due, found by the index on `due_at` among any number of finished requests; and counts for metrics.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use super::entity::device_request::{Column, Entity, Model};
use super::entity::projection;
use super::request::{put_due, shown_of};
use super::{Error, Store, row};
use crate::domain::{DeviceRequest, Status, owed};

impl Store {
    /// The requests that are owed something at `now`, longest due first. A row that cannot be read is reported
    /// once and left alone until the next start; it does not hold up the others.
    pub async fn due(&self, now: Timestamp, limit: u64) -> Result<Vec<DeviceRequest>, Error> {
        let tx = self.begin().await?;
        let due = loop {
            let rows = self.first_due(&tx, now, limit).await?;
            let due = self.read_due(&tx, &rows, now).await?;
            // A row that turned out not to be due must not take the place of one that is.
            if due.len() == rows.len() {
                break due;
            }
        };
        tx.commit().await?;
        Ok(due)
    }

    /// The first moment after `after` at which something becomes due. What is due already, and perhaps being
    /// worked on, does not count.
    pub async fn next_due_at(&self, after: Timestamp) -> Result<Option<Timestamp>, Error> {
        let tx = self.begin().await?;
        let next: Option<Option<i64>> = self
            .readable()
            .select_only()
            .column_as(Column::DueAt.min(), "due_at")
            .filter(Column::DueAt.gt(after.as_millisecond()))
            .into_tuple()
            .one(&tx)
            .await?;
        tx.commit().await?;
        Ok(next.flatten().and_then(row::moment))
    }

    /// How many requests have each status; every status is there.
    pub async fn count_by_status(&self) -> Result<BTreeMap<Status, u64>, Error> {
        let tx = self.begin().await?;
        let counted: Vec<(String, i64)> = Entity::find()
            .select_only()
            .column(Column::Status)
            .column_as(Column::Id.count(), "requests")
            .group_by(Column::Status)
            .into_tuple()
            .all(&tx)
            .await?;
        tx.commit().await?;
        let counted: BTreeMap<String, i64> = counted.into_iter().collect();
        let of = |status: Status| counted.get(status.word()).copied().unwrap_or_default();
        Ok(Status::ALL
            .into_iter()
            .map(|status| (status, of(status).unsigned_abs()))
            .collect())
    }

    /// How many requests somebody still has to do something about.
    pub async fn open_requests(&self) -> Result<u64, Error> {
        let tx = self.begin().await?;
        let open = Entity::find()
            .filter(Column::Status.is_in(Status::OPEN.map(Status::word)))
            .count(&tx)
            .await?;
        tx.commit().await?;
        Ok(open)
    }

    async fn first_due(
        &self,
        tx: &DatabaseTransaction,
        now: Timestamp,
        limit: u64,
    ) -> Result<Vec<Model>, Error> {
        Ok(self
            .readable()
            .filter(Column::DueAt.lte(now.as_millisecond()))
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(tx)
            .await?)
    }

    async fn read_due(
        &self,
        tx: &DatabaseTransaction,
        rows: &[Model],
        now: Timestamp,
    ) -> Result<Vec<DeviceRequest>, Error> {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let shown = shown_of(tx, &ids).await?;
        let read = rows
            .iter()
            .filter_map(|row| self.read_or_report(row, &shown))
            .collect();
        really_due(tx, read, now).await
    }

    fn readable(&self) -> Select<Entity> {
        let unreadable = self
            .unreadable
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if unreadable.is_empty() {
            return Entity::find();
        }
        Entity::find().filter(Column::Id.is_not_in(unreadable.iter().copied()))
    }

    fn read_or_report(&self, row: &Model, shown: &[projection::Model]) -> Option<DeviceRequest> {
        match row::read(row, shown) {
            Ok(request) => Some(request),
            Err(error) => {
                tracing::error!(request = row.id, %error, "request left alone");
                self.unreadable
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(row.id);
                None
            }
        }
    }
}

/// Corrects `due_at` where it no longer says what [`owed()`] says, which another release may have written.
async fn really_due(
    tx: &DatabaseTransaction,
    requests: Vec<DeviceRequest>,
    now: Timestamp,
) -> Result<Vec<DeviceRequest>, Error> {
    let mut due = Vec::with_capacity(requests.len());
    for request in requests {
        if owed(&request).due_at().is_some_and(|at| at <= now) {
            due.push(request);
        } else {
            put_due(tx, &request).await?;
        }
    }
    Ok(due)
}
