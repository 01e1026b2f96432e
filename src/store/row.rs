//! Requests to rows and back. Writing is total. Reading refuses every row that writing could not have made, and
//! names the column.

use jiff::Timestamp;
use sea_orm::{IdenStatic, Iterable, ModelTrait};

use super::Error;
use super::entity::device_request::{Column, Model};
use super::entity::projection;
use super::state;
use crate::domain::{
    Backoff, ChannelId, DeviceRequest, History, InteractionId, MemberId, MessageId, MessageRef,
    Person, Platform, Projection, ProjectionKind, Reason, RequestId, SignIn, owed,
};

/// The column that does not fit.
pub(super) type Misfit = Column;

pub(super) fn of(request: &DeviceRequest) -> Model {
    let mut row = Model {
        id: request.id.0,
        interaction_id: request.interaction.0,
        requester_id: request.requester.id.0,
        requester_name: request.requester.name.clone(),
        member_since: request.member_since.map(Timestamp::as_millisecond),
        asked_in: request.asked_in.0,
        device_name: request.device.as_str().to_owned(),
        platform: request.platform.into_str().to_owned(),
        reason: request.reason.as_ref().map(ToString::to_string),
        sign_in: request
            .sign_in
            .as_ref()
            .map(|link| link.as_str().to_owned()),
        past_requests: request.history.requests.into(),
        past_denials: request.history.denials.into(),
        past_devices: request.history.devices.into(),
        created_at: request.created_at.as_millisecond(),
        updated_at: request.updated_at.as_millisecond(),
        version: request.version,
        status: request.status().into_str().to_owned(),
        attempts: request.backoff.attempts.into(),
        retry_at: request.backoff.retry_at.map(Timestamp::as_millisecond),
        last_error: request.backoff.last_error.clone(),
        due_at: owed(request).due_at().map(Timestamp::as_millisecond),
        ..Model::default()
    };
    state::put(&mut row, &request.state);
    row
}

/// # Errors
/// [`Error::Corrupt`]
pub(super) fn read(row: &Model, shown: &[projection::Model]) -> Result<DeviceRequest, Error> {
    let request = RequestId(row.id);
    let corrupt = |column| Error::Corrupt { request, column };
    let mut read = facts(row).map_err(|column| corrupt(column.as_str()))?;
    if let Some(column) = surplus(row, &read) {
        return Err(corrupt(column.as_str()));
    }
    put_shown(&mut read, shown)?;
    Ok(read)
}

/// Takes the request's own projections from among these. Without a row nothing was shown yet.
///
/// # Errors
/// [`Error::Corrupt`]
pub(super) fn put_shown(
    request: &mut DeviceRequest,
    shown: &[projection::Model],
) -> Result<(), Error> {
    let id = request.id;
    let corrupt = |column| Error::Corrupt {
        request: id,
        column,
    };
    for kind in KINDS {
        let row = shown
            .iter()
            .find(|row| row.request_id == id.0 && row.kind == word(kind));
        *request.projection_mut(kind) = match row {
            Some(row) => shown_from(row).ok_or(corrupt("retry_at of a projection"))?,
            None => Projection::default(),
        };
    }
    Ok(())
}

const KINDS: [ProjectionKind; 3] = [
    ProjectionKind::Card,
    ProjectionKind::Letter,
    ProjectionKind::Notice,
];

fn word(kind: ProjectionKind) -> &'static str {
    match kind {
        ProjectionKind::Card => "card",
        ProjectionKind::Letter => "letter",
        ProjectionKind::Notice => "notice",
    }
}

fn facts(row: &Model) -> Result<DeviceRequest, Misfit> {
    Ok(DeviceRequest {
        id: RequestId(row.id),
        interaction: InteractionId(row.interaction_id),
        requester: Person {
            id: MemberId(row.requester_id),
            name: row.requester_name.clone(),
        },
        member_since: maybe_moment(row.member_since, Column::MemberSince)?,
        asked_in: ChannelId(row.asked_in),
        device: row.device_name.parse().map_err(|_| Column::DeviceName)?,
        platform: row
            .platform
            .parse::<Platform>()
            .map_err(|_| Column::Platform)?,
        reason: maybe_reason(row.reason.as_deref(), Column::Reason)?,
        sign_in: row.sign_in.clone().map(SignIn::new),
        history: history(row)?,
        created_at: need(moment(row.created_at), Column::CreatedAt)?,
        updated_at: need(moment(row.updated_at), Column::UpdatedAt)?,
        state: state::read(row)?,
        version: row.version,
        backoff: Backoff {
            attempts: count(row.attempts, Column::Attempts)?,
            retry_at: maybe_moment(row.retry_at, Column::RetryAt)?,
            last_error: row.last_error.clone(),
        },
        card: Projection::default(),
        letter: Projection::default(),
        notice: Projection::default(),
    })
}

fn history(row: &Model) -> Result<History, Misfit> {
    Ok(History {
        requests: count(row.past_requests, Column::PastRequests)?,
        denials: count(row.past_denials, Column::PastDenials)?,
        devices: count(row.past_devices, Column::PastDevices)?,
    })
}

/// A column with a value that the status has no use for. What is due may lawfully differ.
fn surplus(row: &Model, read: &DeviceRequest) -> Option<Column> {
    let written = Model {
        due_at: row.due_at,
        ..of(read)
    };
    if written == *row {
        return None;
    }
    Column::iter().find(|column| written.get(*column) != row.get(*column))
}

pub(super) fn projection_of(
    request: RequestId,
    kind: ProjectionKind,
    projection: &Projection,
) -> projection::Model {
    let backoff = &projection.backoff;
    projection::Model {
        request_id: request.0,
        kind: word(kind).to_owned(),
        channel: projection.place.map(|place| place.channel.0),
        message: projection.place.map(|place| place.message.0),
        shown: projection.shown,
        generation: projection.generation,
        closed: projection.closed,
        attempts: backoff.attempts.into(),
        retry_at: backoff.retry_at.map(Timestamp::as_millisecond),
        last_error: backoff.last_error.clone(),
    }
}

fn shown_from(row: &projection::Model) -> Option<Projection> {
    let place = row
        .channel
        .zip(row.message)
        .map(|(channel, message)| MessageRef {
            channel: ChannelId(channel),
            message: MessageId(message),
        });
    Some(Projection {
        place,
        shown: row.shown,
        generation: row.generation,
        closed: row.closed,
        backoff: Backoff {
            attempts: u32::try_from(row.attempts).ok()?,
            retry_at: row
                .retry_at
                .map(|at| moment(at).ok_or(()))
                .transpose()
                .ok()?,
            last_error: row.last_error.clone(),
        },
    })
}

pub(super) fn moment(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis).ok()
}

pub(super) fn need<T>(value: Option<T>, column: Column) -> Result<T, Misfit> {
    value.ok_or(column)
}

pub(super) fn need_moment(millis: Option<i64>, column: Column) -> Result<Timestamp, Misfit> {
    need(millis.and_then(moment), column)
}

pub(super) fn maybe_moment(
    millis: Option<i64>,
    column: Column,
) -> Result<Option<Timestamp>, Misfit> {
    millis
        .map(|millis| need(moment(millis), column))
        .transpose()
}

pub(super) fn maybe_reason(text: Option<&str>, column: Column) -> Result<Option<Reason>, Misfit> {
    text.map(|text| Reason::parse(text).ok().flatten().ok_or(column))
        .transpose()
}

fn count(number: i64, column: Column) -> Result<u32, Misfit> {
    number.try_into().map_err(|_| column)
}
