//! Which requests are due, found by index among any number of finished ones.

use jiff::Timestamp;
use sea_orm::sea_query::{Condition, ExprTrait};
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::entity::device_request::{Column, Entity};
use super::{Error, Store, row};
use crate::domain::{DeviceRequest, Lane, RequestId, Status};

/// What is due now, and when to ask again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DueRequests {
    /// Longest due first.
    pub(crate) due: Vec<(RequestId, Lane)>,
    /// The first moment at which more becomes due.
    pub(crate) next: Option<Timestamp>,
    /// Lanes with more due rows than are returned here.
    pub(crate) more: Vec<Lane>,
}

impl Store {
    /// The requests that are due at `now`. If there are more than `limit`, that many of each lane, and of what is watched
    /// that many devices and as many keys.
    pub(crate) async fn due_requests(
        &self,
        now: Timestamp,
        limit: u64,
    ) -> Result<DueRequests, Error> {
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let now = now.as_millisecond();
        let rows = by_due(&self.db, limit.saturating_add(1)).await?;
        // What became due with its last change has been due since, even if the clock was set back.
        let is_due = |row: &DueRow| row.due_at <= Ord::max(now, row.updated_at);
        let (due, later): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_due);
        if due.len() > most {
            let is_set_back = due.iter().any(|row| row.due_at > now);
            return backlog(&self.db, now, is_set_back, limit).await;
        }
        let due = due
            .iter()
            .map(|row| (RequestId(row.id), lane_of(&row.status)));
        Ok(DueRequests {
            due: due.collect(),
            next: later.first().and_then(|row| row::moment(row.due_at)),
            more: Vec::new(),
        })
    }

    /// The requests whose waiting device may or may not have been let in, oldest first.
    pub(crate) async fn unsettled_registrations(&self) -> Result<Vec<DeviceRequest>, Error> {
        let rows = Entity::find()
            .filter(Column::Status.eq(Status::Issuing))
            .filter(Column::DueAt.is_not_null())
            .order_by_asc(Column::DueAt)
            .all(&self.db)
            .await?;
        let mut issuing = row::readable(&rows, row::read);
        issuing.retain(|request| request.sign_in.is_some());
        issuing.sort_by_key(|request| request.id);
        Ok(issuing)
    }
}

#[derive(FromQueryResult)]
struct DueRow {
    id: i64,
    due_at: i64,
    updated_at: i64,
    status: String,
}

async fn by_due(db: &DatabaseConnection, limit: u64) -> Result<Vec<DueRow>, Error> {
    let rows = Entity::find()
        .select_only()
        .columns([Column::Id, Column::DueAt, Column::UpdatedAt, Column::Status])
        .filter(Column::DueAt.is_not_null())
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::Id)
        .limit(limit);
    Ok(rows.into_model().all(db).await?)
}

/// Lane by lane, so that none hides what is due in another, and the looks at keys come last.
async fn backlog(
    db: &DatabaseConnection,
    now: i64,
    is_set_back: bool,
    limit: u64,
) -> Result<DueRequests, Error> {
    let with_its_change = ExprTrait::lte(Column::DueAt.into_expr(), Column::UpdatedAt.into_expr());
    let is_due = Condition::any()
        .add(Column::DueAt.lte(now))
        .add_option(is_set_back.then_some(with_its_change));
    let mut found = DueRequests {
        next: first_due_after(db, now).await?,
        ..DueRequests::default()
    };
    for (lane, statuses) in [
        (Lane::Discord, Lane::DISCORD.as_slice()),
        (Lane::Headscale, Lane::HEADSCALE.as_slice()),
        (Lane::Watch, Lane::DEVICES.as_slice()),
        (Lane::Watch, Lane::KEYS.as_slice()),
    ] {
        let ids = longest_due(db, is_due.clone(), statuses, limit).await?;
        if u64::try_from(ids.len()).is_ok_and(|found| found == limit) {
            found.more.push(lane);
        }
        let ids = ids.into_iter().map(|id| (RequestId(id), lane));
        found.due.extend(ids);
    }
    Ok(found)
}

async fn first_due_after(db: &DatabaseConnection, now: i64) -> Result<Option<Timestamp>, Error> {
    let first = Entity::find()
        .select_only()
        .column(Column::DueAt)
        .filter(Column::DueAt.gt(now))
        .order_by_asc(Column::DueAt)
        .limit(1);
    let first: Option<i64> = first.into_tuple().one(db).await?;
    Ok(first.and_then(row::moment))
}

/// Uses the index on status and due time, so what is due in other statuses costs nothing.
async fn longest_due(
    db: &DatabaseConnection,
    is_due: Condition,
    statuses: &[Status],
    limit: u64,
) -> Result<Vec<i64>, Error> {
    let ids = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Status.is_in(statuses.iter().copied()))
        .filter(Column::DueAt.is_not_null())
        .filter(is_due)
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::Id)
        .limit(limit);
    Ok(ids.into_tuple().all(db).await?)
}

/// An unknown status is reported when the whole row is read.
fn lane_of(status: &str) -> Lane {
    status.parse().map_or(Lane::Discord, Lane::of)
}
