//! A new request: stored once, or refused by a rule.

use jiff::{SignedDuration, Timestamp};
use sea_orm::{
    ActiveValue::NotSet, ColumnTrait, Condition, DatabaseTransaction, DbBackend, EntityTrait,
    FromQueryResult, QueryFilter, Statement, Value,
};

use super::audit::{self, About, AuditEntry};
use super::entity::device_request::{ActiveModel, Column, Entity};
use super::request::{all_set, shown_of};
use super::{Error, Store, row};
use crate::domain::{
    Backoff, ChannelId, DeviceName, DeviceRequest, History, InteractionId, MemberId, Person,
    Platform, Projection, Reason, Record, Refusal, RequestId, Rules, SignIn, State, Status,
};

/// What a member asked for, before it has a number.
#[derive(Clone, Debug)]
pub struct NewRequest {
    pub interaction: InteractionId,
    pub requester: Person,
    pub member_since: Option<Timestamp>,
    pub asked_in: ChannelId,
    pub device: DeviceName,
    pub platform: Platform,
    pub reason: Option<Reason>,
    pub sign_in: Option<SignIn>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submission {
    New(Box<DeviceRequest>),
    /// Discord sent the same command again; this is the request that it made.
    Redelivered(Box<DeviceRequest>),
    Refused(Refusal),
}

impl Store {
    /// Stores a new request unless a rule forbids it. Idempotent by interaction.
    pub async fn submit(
        &self,
        new: &NewRequest,
        rules: &Rules,
        lapses_at: Timestamp,
        now: Timestamp,
    ) -> Result<Submission, Error> {
        let tx = self.begin().await?;
        if let Some(earlier) = by_interaction(&tx, new.interaction).await? {
            tx.commit().await?;
            return Ok(Submission::Redelivered(Box::new(earlier)));
        }
        let past = match admit(&tx, new, rules, now).await? {
            Ok(past) => past,
            Err(refusal) => {
                tx.rollback().await?;
                return Ok(Submission::Refused(refusal));
            }
        };
        let request = insert(&tx, fresh(new, past, lapses_at, now)).await?;
        audit::append(&tx, About::version_of(&request), &requested(new)).await?;
        tx.commit().await?;
        Ok(Submission::New(Box::new(request)))
    }
}

async fn by_interaction(
    tx: &DatabaseTransaction,
    interaction: InteractionId,
) -> Result<Option<DeviceRequest>, Error> {
    let found = Entity::find()
        .filter(Column::InteractionId.eq(interaction.0))
        .one(tx)
        .await?;
    match found {
        Some(row) => Ok(Some(row::read(&row, &shown_of(tx, &[row.id]).await?)?)),
        None => Ok(None),
    }
}

fn requested(new: &NewRequest) -> AuditEntry {
    AuditEntry {
        actor: Some(new.requester.clone()),
        event: "requested",
        detail: None,
    }
}

fn fresh(
    new: &NewRequest,
    history: History,
    lapses_at: Timestamp,
    now: Timestamp,
) -> DeviceRequest {
    DeviceRequest {
        id: RequestId(0),
        interaction: new.interaction,
        requester: new.requester.clone(),
        member_since: new.member_since,
        asked_in: new.asked_in,
        device: new.device.clone(),
        platform: new.platform,
        reason: new.reason.clone(),
        sign_in: new.sign_in.clone(),
        history,
        created_at: now,
        updated_at: now,
        state: State::Pending { lapses_at },
        version: 1,
        backoff: Backoff::default(),
        card: Projection::default(),
        letter: Projection::default(),
        notice: Projection::default(),
    }
}

/// The requester's past, if the rules allow them one more request.
async fn admit(
    tx: &DatabaseTransaction,
    new: &NewRequest,
    rules: &Rules,
    now: Timestamp,
) -> Result<Result<History, Refusal>, Error> {
    if let Some(id) = name_taken_by(tx, new).await? {
        return Ok(Err(Refusal::AlreadyOpen {
            request: id,
            device: new.device.clone(),
        }));
    }
    let past = past(tx, new.requester.id, now).await?;
    Ok(rules
        .within_limits(past.record(), now)
        .map(|()| past.history()))
}

async fn name_taken_by(
    tx: &DatabaseTransaction,
    new: &NewRequest,
) -> Result<Option<RequestId>, Error> {
    let open = Column::Status.is_in(Status::OPEN.map(|status| status.into_str()));
    let live_key = Condition::all()
        .add(Column::Status.eq(Status::Delivered.into_str()))
        .add(Column::KeyUsed.eq(false));
    let found = Entity::find()
        .filter(Column::RequesterId.eq(new.requester.id.0))
        .filter(Column::DeviceName.eq(new.device.as_str()))
        .filter(Condition::any().add(open).add(live_key))
        .one(tx)
        .await?;
    Ok(found.map(|row| RequestId(row.id)))
}

#[derive(FromQueryResult)]
struct Past {
    requests: i64,
    denials: i64,
    devices: i64,
    open: i64,
    last_day: i64,
    last_denied_at: Option<i64>,
}

impl Past {
    fn history(&self) -> History {
        History {
            requests: saturated(self.requests),
            denials: saturated(self.denials),
            devices: saturated(self.devices),
        }
    }

    fn record(&self) -> Record {
        Record {
            open: saturated(self.open),
            last_day: saturated(self.last_day),
            last_denied_at: self.last_denied_at.and_then(row::moment),
        }
    }
}

fn saturated(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A denial is final, so that its row was last updated by it.
const PAST: &str = "SELECT COUNT(*) AS requests, \
     COUNT(*) FILTER (WHERE status = 'denied') AS denials, \
     COUNT(*) FILTER (WHERE status IN ('delivered', 'joined')) AS devices, \
     COUNT(*) FILTER (WHERE status IN (?, ?, ?, ?, ?)) AS open, \
     COUNT(*) FILTER (WHERE created_at > ?) AS last_day, \
     MAX(updated_at) FILTER (WHERE status = 'denied') AS last_denied_at \
     FROM device_request WHERE requester_id = ?";

async fn past(
    tx: &DatabaseTransaction,
    requester: MemberId,
    now: Timestamp,
) -> Result<Past, Error> {
    let yesterday = now
        .checked_sub(SignedDuration::from_hours(24))
        .unwrap_or(now);
    let mut values: Vec<Value> = Status::OPEN.map(|open| open.into_str().into()).into();
    values.extend([yesterday.as_millisecond().into(), requester.0.into()]);
    let query = Statement::from_sql_and_values(DbBackend::Sqlite, PAST, values);
    let counted = Past::find_by_statement(query).one(tx).await?;
    Ok(counted.unwrap_or(Past {
        requests: 0,
        denials: 0,
        devices: 0,
        open: 0,
        last_day: 0,
        last_denied_at: None,
    }))
}

async fn insert(tx: &DatabaseTransaction, request: DeviceRequest) -> Result<DeviceRequest, Error> {
    let row = ActiveModel {
        id: NotSet,
        ..all_set(row::of(&request))
    };
    let inserted = Entity::insert(row).exec(tx).await?;
    Ok(DeviceRequest {
        id: RequestId(inserted.last_insert_id),
        ..request
    })
}
