//! Requests as rows, and what rows of every kind have in common. `facts` holds the request as a JSON document; `card`,
//! `letter` and `notice` hold what was shown of it. The other columns are derived from these on every write.

use jiff::Timestamp;
use sea_orm::{ActiveModelTrait, EntityTrait, IdenStatic, IntoActiveModel, Iterable, ModelTrait};
use sea_orm::{ConnectionTrait, DbErr, Select, Value};
use serde::{Serialize, de::DeserializeOwned};

use super::Error;
use super::entity::device_request::{Column, Model};
use crate::domain::{DeviceRequest, KeyId, Projection, RequestId, Standing, State, Status, owed};

pub(super) fn of(request: &DeviceRequest) -> Result<Model, Error> {
    Ok(Model {
        facts: to_json(request)?,
        card: shown_to_json(&request.card)?,
        letter: shown_to_json(&request.letter)?,
        notice: shown_to_json(&request.notice)?,
        ..columns(request)
    })
}

/// # Errors
/// [`Error::Corrupt`] names the column that writing could not have made.
pub(super) fn read(row: &Model) -> Result<DeviceRequest, Error> {
    let id = RequestId(row.id);
    let corrupt = |column: Column| Error::Corrupt {
        row: format!("request {id}"),
        column: column.as_str(),
    };
    let facts: DeviceRequest = from_json(&row.facts).ok_or_else(|| corrupt(Column::Facts))?;
    let request = DeviceRequest {
        id,
        card: shown(row.card.as_deref()).ok_or_else(|| corrupt(Column::Card))?,
        letter: shown(row.letter.as_deref()).ok_or_else(|| corrupt(Column::Letter))?,
        notice: shown(row.notice.as_deref()).ok_or_else(|| corrupt(Column::Notice))?,
        ..facts
    };
    let written = Model {
        // Another release may find the same request due at another time.
        due_at: row.due_at,
        facts: row.facts.clone(),
        card: row.card.clone(),
        letter: row.letter.clone(),
        notice: row.notice.clone(),
        ..columns(&request)
    };
    match difference(row, &written).next() {
        Some(column) => Err(corrupt(column)),
        None => Ok(request),
    }
}

/// The row that a unique key finds. `one()` would add `LIMIT ?`, and since `SQLite` plans by the limit, it prepares such a
/// statement anew whenever it is given its values.
pub(super) async fn by_key<E: EntityTrait>(
    found: Select<E>,
    db: &impl ConnectionTrait,
) -> Result<Option<E::Model>, DbErr> {
    Ok(found.all(db).await?.pop())
}

/// One row that cannot be read does not hold up the others.
pub(super) fn readable<M, T>(rows: &[M], read: impl Fn(&M) -> Result<T, Error>) -> Vec<T> {
    let read = |row| read(row).inspect_err(|error| tracing::error!(%error, "left alone"));
    rows.iter().flat_map(read).collect()
}

fn columns(request: &DeviceRequest) -> Model {
    let state = &request.state;
    let (key_id, key_expires_at) = key(state);
    // Of the attempts that may still take effect, the latest: no other may take its fingerprint.
    let late = || request.abandoned.last().map(|key| key.key_expires_at);
    let key_expires_at = key_expires_at.or_else(late);
    Model {
        id: request.id.0,
        interaction_id: request.interaction.0,
        requester_id: request.requester.id.0,
        requester_name: request.requester.name.clone(),
        reserved_name: state.reserves_name().then(|| request.device.to_string()),
        status: request.status().to_string(),
        held_by: state.is_held().then_some(request.requester.id.0),
        key_id: key_id.map(|key| key.0),
        key_expires_at: key_expires_at.map(Timestamp::as_millisecond),
        node_id: node_id(state),
        created_at: request.created_at.as_millisecond(),
        updated_at: request.updated_at.as_millisecond(),
        version: request.version,
        due_at: owed(request).due_at().map(Timestamp::as_millisecond),
        ..Model::default()
    }
}

fn key(state: &State) -> (Option<KeyId>, Option<Timestamp>) {
    match state {
        State::Issuing { attempt, .. } => (attempt.key, Some(attempt.key_expires_at)),
        State::Delivered { key, .. } | State::Joined { key: Some(key), .. } => {
            (Some(key.id), Some(key.expires_at))
        }
        State::Pending { .. }
        | State::Approved { .. }
        | State::Claimable { .. }
        | State::Failed { .. }
        | State::Joined { key: None, .. }
        | State::Lost { .. }
        | State::Denied { .. }
        | State::Cancelled
        | State::Expired { .. }
        | State::Revoked { .. } => (None, None),
    }
}

fn node_id(state: &State) -> Option<i64> {
    if let State::Joined { node, .. } = state
        && node.standing != Standing::Removed
    {
        Some(node.id.0)
    } else {
        None
    }
}

impl From<Status> for Value {
    fn from(status: Status) -> Self {
        status.into_str().into()
    }
}

pub(super) fn to_json(document: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(document).map_err(|error| DbErr::Json(error.to_string()).into())
}

pub(super) fn from_json<T: DeserializeOwned>(document: &str) -> Option<T> {
    serde_json::from_str(document).ok()
}

/// NULL until something was shown.
pub(super) fn shown_to_json(projection: &Projection) -> Result<Option<String>, Error> {
    let shown = *projection != Projection::default();
    shown.then(|| to_json(projection)).transpose()
}

pub(super) fn shown(column: Option<&str>) -> Option<Projection> {
    column.map_or_else(|| Some(Projection::default()), from_json)
}

pub(super) fn moment(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis).ok()
}

type ColumnOf<M> = <<M as ModelTrait>::Entity as EntityTrait>::Column;

pub(super) fn difference<M: ModelTrait>(one: &M, other: &M) -> impl Iterator<Item = ColumnOf<M>> {
    ColumnOf::<M>::iter().filter(|column| one.get(*column) != other.get(*column))
}

/// Sets only what differs, because a column that is written is written to its indexes, too.
pub(super) fn changes<M, A>(before: &M, after: M) -> A
where
    M: ModelTrait + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity>,
{
    let columns: Vec<_> = difference(before, &after).collect();
    let mut changes = after.into_active_model();
    for column in columns {
        changes.reset(column);
    }
    changes
}
