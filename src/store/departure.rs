//! Members who left: whom to look for, what was seen, and what the approvers made of it.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::audit::{self, About, AuditEntry};
use super::entity::departure::{ActiveModel, Column, Entity, Model};
use super::entity::device_request;
use super::request::load;
use super::{Error, Store, Swap, row};
use crate::domain::{
    Backoff, ChannelId, Departure, DepartureId, DepartureState, DeviceRequest, MemberId, MessageId,
    MessageRef, Person, Projection, RequestId, Status,
};

/// What a person holds, or can still collect.
const BELONGINGS: [Status; 3] = [Status::Delivered, Status::Joined, Status::Claimable];

impl Store {
    /// Everybody with a live key or a joined device that nobody is taking back, under their latest name.
    pub async fn owners(&self) -> Result<Vec<Person>, Error> {
        use device_request::Column as Request;
        let held = [Status::Delivered, Status::Joined].map(|status| status.into_str());
        let rows: Vec<(i64, String)> = device_request::Entity::find()
            .select_only()
            .columns([Request::RequesterId, Request::RequesterName])
            .filter(Request::Status.is_in(held))
            .filter(Request::RevokingById.is_null())
            .order_by_asc(Request::RequesterId)
            .order_by_asc(Request::Id)
            .into_tuple()
            .all(&self.db)
            .await?;
        let mut owners: Vec<Person> = Vec::new();
        for (id, name) in rows {
            let id = MemberId(id);
            owners.pop_if(|last| last.id == id);
            owners.push(Person { id, name });
        }
        Ok(owners)
    }

    /// What revoking would take from this person, oldest first; what is being taken already is not in it.
    pub async fn belongings(&self, member: MemberId) -> Result<Vec<DeviceRequest>, Error> {
        use device_request::Column as Request;
        let tx = self.begin().await?;
        let ids: Vec<i64> = device_request::Entity::find()
            .select_only()
            .column(Request::Id)
            .filter(Request::RequesterId.eq(member.0))
            .filter(Request::Status.is_in(BELONGINGS.map(|status| status.into_str())))
            .filter(Request::RevokingById.is_null())
            .order_by_asc(Request::Id)
            .into_tuple()
            .all(&tx)
            .await?;
        let found = load_all(&tx, ids.into_iter().map(RequestId)).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Those of these requests that exist, in the order given.
    pub async fn requests(&self, ids: &[RequestId]) -> Result<Vec<DeviceRequest>, Error> {
        let tx = self.begin().await?;
        let found = load_all(&tx, ids.iter().copied()).await?;
        tx.commit().await?;
        Ok(found)
    }

    pub async fn departure(&self, id: DepartureId) -> Result<Option<Departure>, Error> {
        let found = Entity::find_by_id(id.0).one(&self.db).await?;
        found.map(read).transpose()
    }

    /// The latest time that this member was missed.
    pub async fn last_departure(&self, member: MemberId) -> Result<Option<Departure>, Error> {
        let found = Entity::find()
            .filter(Column::MemberId.eq(member.0))
            .order_by_desc(Column::Id)
            .one(&self.db)
            .await?;
        found.map(read).transpose()
    }

    /// Those that wait for something, and those whose message is behind. One that cannot be read does not hold up the
    /// others.
    pub async fn unsettled_departures(&self) -> Result<Vec<Departure>, Error> {
        let behind = Expr::col(Column::Shown).lt(Expr::col(Column::Version));
        let rows = Entity::find()
            .filter(
                Column::State
                    .is_in([MISSED, ASKING, EXPIRING])
                    .or(behind.and(Column::Closed.eq(false))),
            )
            .order_by_asc(Column::Id)
            .all(&self.db)
            .await?;
        let (departures, errors): (Vec<_>, Vec<_>) =
            rows.into_iter().map(read).partition(Result::is_ok);
        for error in errors.into_iter().filter_map(Result::err) {
            tracing::error!(%error, "left alone");
        }
        Ok(departures.into_iter().filter_map(Result::ok).collect())
    }

    /// Remembers that somebody was not found. Where that is remembered already, the first moment stays.
    pub async fn missed(&self, person: &Person, at: Timestamp) -> Result<(), Error> {
        let tx = self.begin().await?;
        Entity::insert(ActiveModel {
            member_id: Set(person.id.0),
            member_name: Set(person.name.clone()),
            first_missing_at: Set(at.as_millisecond()),
            state: Set(MISSED.to_owned()),
            devices: Set(String::new()),
            updated_at: Set(at.as_millisecond()),
            version: Set(1),
            shown: Set(0),
            generation: Set(0),
            closed: Set(false),
            attempts: Set(0),
            ..ActiveModel::default()
        })
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Forgets a single miss: the person was seen, or has nothing left.
    pub async fn forget_miss(&self, departure: &Departure) -> Result<(), Error> {
        let tx = self.begin().await?;
        Entity::delete_many()
            .filter(Column::Id.eq(departure.id.0))
            .filter(Column::State.eq(MISSED))
            .exec(&tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Writes `after` and its line in the audit log, if the row is still at the version of `before`.
    /// What was shown meanwhile is kept.
    pub async fn swap_departure(
        &self,
        before: &Departure,
        after: &Departure,
        audit: &AuditEntry,
    ) -> Result<Swap, Error> {
        let tx = self.begin().await?;
        let by = after.decided_by();
        let updated = Entity::update_many()
            .set(ActiveModel {
                state: Set(after.state.into_str().to_owned()),
                devices: Set(spaced(&after.devices)),
                decided_by_id: Set(by.map(|by| by.id.0)),
                decided_by_name: Set(by.map(|by| by.name.clone())),
                updated_at: Set(after.updated_at.as_millisecond()),
                version: Set(after.version),
                ..ActiveModel::default()
            })
            .filter(Column::Id.eq(before.id.0))
            .filter(Column::Version.eq(before.version))
            .exec(&tx)
            .await?;
        if updated.rows_affected != 1 {
            tx.rollback().await?;
            return Ok(Swap::Lost);
        }
        let about = About {
            request: None,
            version: None,
            at: after.updated_at,
        };
        audit::append(&tx, about, audit).await?;
        tx.commit().await?;
        Ok(Swap::Done)
    }

    /// Records what the approvers' message shows. The version stays.
    pub async fn departure_shown(&self, id: DepartureId, card: &Projection) -> Result<(), Error> {
        let tx = self.begin().await?;
        Entity::update_many()
            .set(ActiveModel {
                channel: Set(card.place.map(|place| place.channel.0)),
                message: Set(card.place.map(|place| place.message.0)),
                shown: Set(card.shown),
                generation: Set(card.generation),
                closed: Set(card.closed),
                attempts: Set(card.backoff.attempts.into()),
                retry_at: Set(card.backoff.retry_at.map(Timestamp::as_millisecond)),
                last_error: Set(card.backoff.last_error.clone()),
                ..ActiveModel::default()
            })
            .filter(Column::Id.eq(id.0))
            .exec(&tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

const MISSED: &str = "missed";
const ASKING: &str = "asking";
const EXPIRING: &str = "expiring";

async fn load_all(
    tx: &DatabaseTransaction,
    ids: impl Iterator<Item = RequestId>,
) -> Result<Vec<DeviceRequest>, Error> {
    let mut found = Vec::new();
    for id in ids {
        found.extend(load(tx, id).await?);
    }
    Ok(found)
}

fn spaced(ids: &[RequestId]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| id.0.to_string()).collect();
    ids.join(" ")
}

/// Refuses every row that writing could not have made, and names the column.
fn read(row: Model) -> Result<Departure, Error> {
    let id = DepartureId(row.id);
    let corrupt = |column| Error::CorruptDeparture {
        departure: id,
        column,
    };
    let devices = row.devices.split_whitespace().map(str::parse);
    let devices: Result<Vec<i64>, _> = devices.collect();
    let devices = devices.map_err(|_| corrupt("devices"))?;
    Ok(Departure {
        id,
        state: state(&row).ok_or_else(|| corrupt("state"))?,
        card: card(&row).ok_or_else(|| corrupt("retry_at"))?,
        first_missing_at: row::moment(row.first_missing_at)
            .ok_or_else(|| corrupt("first_missing_at"))?,
        updated_at: row::moment(row.updated_at).ok_or_else(|| corrupt("updated_at"))?,
        devices: devices.into_iter().map(RequestId).collect(),
        person: Person {
            id: MemberId(row.member_id),
            name: row.member_name,
        },
        version: row.version,
    })
}

fn state(row: &Model) -> Option<DepartureState> {
    let by = row.decided_by_id.zip(row.decided_by_name.clone());
    let by = by.map(|(id, name)| Person {
        id: MemberId(id),
        name,
    });
    Some(match row.state.as_str() {
        MISSED => DepartureState::Missed,
        ASKING => DepartureState::Asking,
        EXPIRING => DepartureState::Expiring { by: by? },
        "kept" => DepartureState::Kept { by: by? },
        "expired" => DepartureState::Expired { by: by? },
        "back" => DepartureState::Back { kept_by: by },
        "over" => DepartureState::Over,
        _ => return None,
    })
}

fn card(row: &Model) -> Option<Projection> {
    let place = row.channel.zip(row.message);
    let retry_at = match row.retry_at {
        None => None,
        Some(at) => Some(row::moment(at)?),
    };
    Some(Projection {
        place: place.map(|(channel, message)| MessageRef {
            channel: ChannelId(channel),
            message: MessageId(message),
        }),
        shown: row.shown,
        generation: row.generation,
        closed: row.closed,
        backoff: Backoff {
            attempts: u32::try_from(row.attempts).ok()?,
            retry_at,
            last_error: row.last_error.clone(),
        },
    })
}
