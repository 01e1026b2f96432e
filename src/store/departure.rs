//! Members who left: who was missed, and what the approvers decided.

use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::NotSet, ColumnTrait, Condition, DatabaseTransaction,
    EntityTrait, IdenStatic, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::audit::{self, AuditEntry};
use super::entity::departure::{ActiveModel, Column, Entity, Model};
use super::{Error, Store, Swap, row};
use crate::domain::{Departure, DepartureId, DepartureState, MemberId, Person, Projection};

impl Store {
    pub async fn departure(&self, id: DepartureId) -> Result<Option<Departure>, Error> {
        let found = row::by_key(Entity::find_by_id(id.0), &self.db).await?;
        found.as_ref().map(read).transpose()
    }

    /// The latest time that this member was missed.
    pub(crate) async fn last_departure(
        &self,
        member: MemberId,
    ) -> Result<Option<Departure>, Error> {
        let found = Entity::find()
            .filter(Column::MemberId.eq(member.0))
            .order_by_desc(Column::Id)
            .one(&self.db)
            .await?;
        found.as_ref().map(read).transpose()
    }

    /// Departures that are open or whose card is behind. One that cannot be read does not hold up the others.
    pub(crate) async fn unsettled_departures(&self) -> Result<Vec<Departure>, Error> {
        let rows = Entity::find()
            .filter(Column::Unsettled.eq(true))
            .order_by_asc(Column::Id)
            .all(&self.db)
            .await?;
        Ok(row::readable(&rows, read))
    }

    /// Remembers that somebody was not found. If that is remembered already, the first moment stays.
    pub(crate) async fn missed(&self, person: &Person, at: Timestamp) -> Result<(), Error> {
        let missed = ActiveModel {
            id: NotSet,
            ..of(&Departure::missed(person.clone(), at))?
                .into_active_model()
                .reset_all()
        };
        let once = Entity::insert(missed).on_conflict(OnConflict::new().do_nothing().to_owned());
        self.write(|tx| {
            Box::pin(async {
                once.exec_without_returning(tx).await?;
                Ok(())
            })
        })
        .await
    }

    /// Forgets a single miss: the person was seen, or has nothing left.
    pub(crate) async fn forget_miss(&self, departure: &Departure) -> Result<(), Error> {
        let single = Entity::delete_many()
            .filter(Column::Id.eq(departure.id.0))
            .filter(Column::Status.eq(DepartureState::Missed.into_str()));
        self.write(|tx| {
            Box::pin(async {
                single.exec(tx).await?;
                Ok(())
            })
        })
        .await
    }

    /// Writes `after` and its line in the audit log if the row is still at the version of `before`.
    /// What was shown meanwhile is kept.
    pub async fn swap_departure(
        &self,
        before: &Departure,
        after: &Departure,
        audit: &AuditEntry,
    ) -> Result<Swap, Error> {
        let (id, version, at) = (before.id, before.version, after.updated_at);
        let (after, audit) = (after.clone(), audit.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let changed = change(tx, id, Some(version), |today| {
                    *today = Departure {
                        card: std::mem::take(&mut today.card),
                        ..after
                    };
                });
                if !changed.await? {
                    return Ok(Swap::Lost);
                }
                audit::append(tx, &audit, at, None, None).await?;
                Ok(Swap::Done)
            })
        })
        .await
    }

    /// Records what the approvers' message shows. The version stays.
    pub(crate) async fn departure_shown(
        &self,
        id: DepartureId,
        card: &Projection,
    ) -> Result<(), Error> {
        let card = card.clone();
        edit(self, id, |departure| departure.card = card).await
    }

    /// Makes the card due although the departure is the same: it may be gone.
    pub(crate) async fn repaint_departure(&self, id: DepartureId) -> Result<(), Error> {
        edit(self, id, |departure| {
            departure.card.shown = departure.card.shown.min(departure.version - 1);
        })
        .await
    }
}

/// How many members are missing since this moment, or are still a question; counts no further than `most`.
pub(crate) async fn missing(store: &Store, since: Timestamp, most: u64) -> Result<u64, Error> {
    let lately = Column::MissingSince.gte(since.as_millisecond());
    let ids = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Condition::any().add(Column::Unsettled.eq(true)).add(lately))
        .filter(Column::Status.ne("back"))
        .limit(most)
        .into_tuple::<i64>();
    Ok(ids.all(&store.db).await?.len() as u64)
}

async fn edit(
    store: &Store,
    id: DepartureId,
    edit: impl FnOnce(&mut Departure) + Send + 'static,
) -> Result<(), Error> {
    let edited = store.write(move |tx| Box::pin(change(tx, id, None, edit)));
    edited.await.map(|_| ())
}

/// Writes the columns in which the row then differs. False where there is no such departure, or none at this version.
async fn change(
    tx: &DatabaseTransaction,
    id: DepartureId,
    version: Option<i64>,
    edit: impl FnOnce(&mut Departure),
) -> Result<bool, Error> {
    let found = row::by_key(Entity::find_by_id(id.0).lock_exclusive(), tx).await?;
    let Some(before) = found.filter(|row| version.is_none_or(|version| row.version == version))
    else {
        return Ok(false);
    };
    let mut departure = read(&before)?;
    edit(&mut departure);
    Entity::update_many()
        .set(row::changes(&before, of(&departure)?))
        .filter(Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    Ok(true)
}

fn of(departure: &Departure) -> Result<Model, Error> {
    let member = departure.person.id.0;
    Ok(Model {
        id: departure.id.0,
        member_id: member,
        open_member_id: departure.is_open().then_some(member),
        status: departure.state.into_str().to_owned(),
        unsettled: departure.is_open() || departure.owes_card(),
        missing_since: departure.first_missing_at.as_millisecond(),
        version: departure.version,
        facts: row::to_json(departure)?,
        card: row::shown_to_json(&departure.card)?,
    })
}

/// # Errors
/// [`Error::Corrupt`] names the column that writing could not have made.
fn read(row: &Model) -> Result<Departure, Error> {
    let id = DepartureId(row.id);
    let corrupt = |column: Column| Error::Corrupt {
        row: format!("departure {id}"),
        column: column.as_str(),
    };
    let facts: Departure = row::from_json(&row.facts).ok_or_else(|| corrupt(Column::Facts))?;
    let departure = Departure {
        id,
        card: row::shown(row.card.as_deref()).ok_or_else(|| corrupt(Column::Card))?,
        ..facts
    };
    let written = Model {
        facts: row.facts.clone(),
        card: row.card.clone(),
        ..of(&departure)?
    };
    match row::difference(row, &written).next() {
        Some(column) => Err(corrupt(column)),
        None => Ok(departure),
    }
}
