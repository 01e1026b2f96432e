//! New requests: stored once, or refused by a rule.

use jiff::{SignedDuration, Timestamp};
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{
    ActiveModelTrait, ActiveValue::NotSet, ColumnTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QuerySelect,
};

use super::audit::{self, AuditEntry};
use super::entity::device_request::{ActiveModel, Column, Entity};
use super::{Error, Store, headscale_user, row};
use crate::domain::{
    Backoff, ChannelId, DeviceName, DeviceRequest, History, InteractionId, MemberId, Person,
    Platform, Projection, Reason, Record, Refusal, RequestId, Rules, SignIn, State, Status,
};

/// What a member asked for, before it has a number.
#[derive(Clone, Debug)]
pub(crate) struct NewRequest {
    pub(crate) interaction: InteractionId,
    pub(crate) requester: Person,
    pub(crate) member_since: Option<Timestamp>,
    pub(crate) asked_in: ChannelId,
    pub(crate) device: DeviceName,
    pub(crate) platform: Platform,
    pub(crate) reason: Option<Reason>,
    pub(crate) sign_in: Option<SignIn>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Submission {
    New(Box<DeviceRequest>),
    /// Discord sent the same command again. This is the request that the first one made.
    Redelivered(Box<DeviceRequest>),
    Refused(Refusal),
}

impl Store {
    /// Stores a new request unless a rule forbids it. Idempotent by interaction.
    pub(crate) async fn submit(
        &self,
        new: &NewRequest,
        rules: &Rules,
        lapses_at: Timestamp,
        now: Timestamp,
    ) -> Result<Submission, Error> {
        let (new, rules) = (new.clone(), rules.clone());
        self.write(move |tx| {
            Box::pin(async move { submit(tx, &new, &rules, lapses_at, now).await })
        })
        .await
    }
}

async fn submit(
    tx: &DatabaseTransaction,
    new: &NewRequest,
    rules: &Rules,
    lapses_at: Timestamp,
    now: Timestamp,
) -> Result<Submission, Error> {
    if let Some(earlier) = by_interaction(tx, new.interaction).await? {
        return Ok(Submission::Redelivered(Box::new(earlier)));
    }
    let past = match admit(tx, new, rules, now).await? {
        Ok(past) => past,
        Err(refusal) => return Ok(Submission::Refused(refusal)),
    };
    let request = insert(tx, fresh(new, past, lapses_at, now)).await?;
    let made = (Some(request.id), Some(request.version));
    audit::append(tx, &requested(new), now, made.0, made.1).await?;
    Ok(Submission::New(Box::new(request)))
}

async fn by_interaction(
    tx: &DatabaseTransaction,
    interaction: InteractionId,
) -> Result<Option<DeviceRequest>, Error> {
    let found = Entity::find().filter(Column::InteractionId.eq(interaction.0));
    let found = row::by_key(found, tx).await?;
    found.as_ref().map(row::read).transpose()
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
        claims: 0,
        created_at: now,
        updated_at: now,
        state: State::Pending { lapses_at },
        version: 1,
        backoff: Backoff::default(),
        card: Projection::default(),
        letter: Projection::default(),
        notice: Projection::default(),
        abandoned: Vec::new(),
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
    let (mut history, record, last_letter) = past(tx, new.requester.id, now).await?;
    if let Some(request) = last_letter {
        history.letters = letters_of(tx, request).await?;
    }
    history.user = headscale_user::of(tx, new.requester.id)
        .await?
        .map(|user| user.name);
    Ok(rules.within_limits(record, now).map(|()| history))
}

async fn name_taken_by(
    tx: &DatabaseTransaction,
    new: &NewRequest,
) -> Result<Option<RequestId>, Error> {
    let found = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::RequesterId.eq(new.requester.id.0))
        .filter(Column::ReservedName.eq(new.device.as_str()));
    // `all`, for the reason that `row::by_key` gives.
    Ok(found.into_tuple().all(tx).await?.pop().map(RequestId))
}

async fn letters_of(
    tx: &DatabaseTransaction,
    request: RequestId,
) -> Result<Option<ChannelId>, Error> {
    let letter = Entity::find_by_id(request.0)
        .select_only()
        .column(Column::Letter);
    let letter: Option<Option<String>> = letter.into_tuple().one(tx).await?;
    let letter = letter.flatten();
    let place = row::shown(letter.as_deref()).and_then(|letter| letter.place);
    Ok(place.map(|place| place.channel))
}

/// With the latest request for which there is a letter.
async fn past(
    tx: &DatabaseTransaction,
    requester: MemberId,
    now: Timestamp,
) -> Result<(History, Record, Option<RequestId>), Error> {
    let yesterday = now
        .checked_sub(SignedDuration::from_hours(24))
        .unwrap_or(now);
    let is_recent = Column::CreatedAt.gt(yesterday.as_millisecond());
    let lettered = Expr::case(Column::Letter.is_not_null(), Expr::col(Column::Id));
    let by_status: Vec<(String, i64, i64, i64, i64, Option<i64>)> = Entity::find()
        .select_only()
        .column(Column::Status)
        .column_as(Column::Id.count(), "requests")
        .expr_as(Func::count(Expr::case(is_recent, 1)), "recent")
        .column_as(Column::HeldBy.count(), "held")
        .column_as(Column::UpdatedAt.max(), "last_at")
        .expr_as(Func::max(lettered), "lettered")
        .filter(Column::RequesterId.eq(requester.0))
        .group_by(Column::Status)
        .into_tuple()
        .all(tx)
        .await?;
    let (mut history, mut record) = (History::default(), Record::default());
    let last_letter = by_status.iter().filter_map(|row| row.5).max();
    for (status, requests, recent, held, last_at, _) in by_status {
        let requests = saturated(requests);
        history.requests += requests;
        record.last_day += saturated(recent);
        let Ok(status) = status.parse::<Status>() else {
            continue;
        };
        if status == Status::Denied {
            history.denials = requests;
            // Denied rows never change again, so this is the time of the last denial.
            record.last_denied_at = row::moment(last_at);
        } else if matches!(status, Status::Delivered | Status::Joined) {
            history.devices += saturated(held);
        } else if Status::OPEN.contains(&status) {
            record.open += requests;
        }
    }
    Ok((history, record, last_letter.map(RequestId)))
}

fn saturated(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

async fn insert(tx: &DatabaseTransaction, request: DeviceRequest) -> Result<DeviceRequest, Error> {
    let row = ActiveModel {
        id: NotSet,
        ..row::of(&request)?.into_active_model().reset_all()
    };
    let inserted = Entity::insert(row).exec(tx).await?;
    Ok(DeviceRequest {
        id: RequestId(inserted.last_insert_id),
        ..request
    })
}
