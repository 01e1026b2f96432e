//! What is due, found by the index on `due_at` among any number of finished requests; and counts for metrics.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::entity::device_request::{Column, Entity};
use super::request::{load, put_due};
use super::{Error, Store, row};
use crate::domain::{DeviceRequest, Lane, RequestId, Status};

/// What the worker has to know of all requests: one look at the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DueRequests {
    /// Owed something now, longest due first.
    pub due: Vec<(RequestId, Lane)>,
    /// The first moment at which more becomes due.
    pub next: Option<Timestamp>,
    /// Lanes in which more is due than is told here.
    pub more: Vec<Lane>,
}

impl Store {
    /// The requests that are owed something at `now`, and when to look again. Of more than `limit`, so many of each
    /// lane, and then of those that are only watched.
    pub async fn agenda(&self, now: Timestamp, limit: u64) -> Result<DueRequests, Error> {
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let now = now.as_millisecond();
        let rows = self.by_due(limit.saturating_add(1)).await?;
        let (due, later): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, at, _)| *at <= now);
        if due.len() > most {
            return self.backlog(now, limit).await;
        }
        let due = due
            .iter()
            .map(|(id, _, status)| (RequestId(*id), lane_of(status)));
        Ok(DueRequests {
            due: due.collect(),
            next: later.first().and_then(|(_, at, _)| row::moment(*at)),
            more: Vec::new(),
        })
    }

    async fn by_due(&self, limit: u64) -> Result<Vec<(i64, i64, String)>, Error> {
        let rows = self
            .readable()
            .select_only()
            .columns([Column::Id, Column::DueAt, Column::Status])
            .filter(Column::DueAt.is_not_null())
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::Id)
            .limit(limit);
        Ok(rows.into_tuple().all(&self.db).await?)
    }

    /// Somebody waits behind every request but those that are only watched: these come last.
    async fn backlog(&self, now: i64, limit: u64) -> Result<DueRequests, Error> {
        let mut agenda = DueRequests {
            next: self.first_due_after(now).await?,
            ..DueRequests::default()
        };
        for (lane, statuses) in [
            (Lane::Discord, Lane::DISCORD.as_slice()),
            (Lane::Headscale, Lane::HEADSCALE.as_slice()),
            (Lane::Headscale, Lane::WATCHED.as_slice()),
        ] {
            let ids = self.longest_due(now, statuses, limit).await?;
            if u64::try_from(ids.len()).is_ok_and(|found| found == limit) {
                agenda.more.push(lane);
            }
            let ids = ids.into_iter().map(|id| (RequestId(id), lane));
            agenda.due.extend(ids);
        }
        Ok(agenda)
    }

    async fn first_due_after(&self, now: i64) -> Result<Option<Timestamp>, Error> {
        let first = self
            .readable()
            .select_only()
            .column(Column::DueAt)
            .filter(Column::DueAt.gt(now))
            .order_by_asc(Column::DueAt)
            .limit(1);
        let first: Option<i64> = first.into_tuple().one(&self.db).await?;
        Ok(first.and_then(row::moment))
    }

    /// By the index on status and moment, so that what is due in other statuses costs nothing.
    async fn longest_due(
        &self,
        now: i64,
        statuses: &[Status],
        limit: u64,
    ) -> Result<Vec<i64>, Error> {
        let words = statuses.iter().map(|status| status.word());
        let ids = self
            .readable()
            .select_only()
            .column(Column::Id)
            .filter(Column::Status.is_in(words))
            .filter(Column::DueAt.lte(now))
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::Id)
            .limit(limit);
        Ok(ids.into_tuple().all(&self.db).await?)
    }

    /// The requests whose waiting device may or may not have been let in, the oldest first.
    pub async fn letting_in(&self) -> Result<Vec<DeviceRequest>, Error> {
        let tx = self.begin().await?;
        let ids: Vec<i64> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Status.eq(Status::Issuing.word()))
            .filter(Column::SignIn.is_not_null())
            .order_by_asc(Column::Id)
            .into_tuple()
            .all(&tx)
            .await?;
        let mut open = Vec::new();
        for id in ids {
            open.extend(load(&tx, RequestId(id)).await?);
        }
        tx.commit().await?;
        Ok(open)
    }

    /// Corrects when a request is due, where another release of this program wrote it otherwise.
    pub async fn correct_due(&self, id: RequestId) -> Result<(), Error> {
        let tx = self.begin().await?;
        if let Some(request) = load(&tx, id).await? {
            put_due(&tx, &request).await?;
        }
        Ok(tx.commit().await?)
    }

    /// A row that cannot be read is left alone until the next start, so that it does not hold up the others.
    pub fn leave_alone(&self, id: RequestId) {
        self.unreadable
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.0);
    }

    /// How many requests have each status; every status is there.
    pub async fn count_by_status(&self) -> Result<BTreeMap<Status, u64>, Error> {
        let counted: Vec<(String, i64)> = Entity::find()
            .select_only()
            .column(Column::Status)
            .column_as(Column::Id.count(), "requests")
            .group_by(Column::Status)
            .into_tuple()
            .all(&self.db)
            .await?;
        let counted: BTreeMap<String, i64> = counted.into_iter().collect();
        let of = |status: Status| counted.get(status.word()).copied().unwrap_or_default();
        Ok(Status::ALL
            .into_iter()
            .map(|status| (status, of(status).unsigned_abs()))
            .collect())
    }

    /// How many requests somebody still has to do something about.
    pub async fn open_requests(&self) -> Result<u64, Error> {
        let open = Entity::find().filter(Column::Status.is_in(Status::OPEN.map(Status::word)));
        Ok(open.count(&self.db).await?)
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
}

/// A status that cannot be read is found out when the whole row is read.
fn lane_of(status: &str) -> Lane {
    let known = Status::ALL.into_iter().find(|known| known.word() == status);
    known.map_or(Lane::Discord, Lane::of)
}
