//! What members hold: keys, devices, and offers of a key. Found by index, because most requests are over.

use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use super::entity::device_request::{Column, Entity};
use super::{Error, Store, row};
use crate::domain::{DeviceRequest, KeyId, MemberId, NodeId, Person, RequestId};

/// Queries about what is held.
pub(crate) struct Held<'a>(&'a Store);

/// A joined device, as far as a list of nodes is compared with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, FromQueryResult)]
pub(crate) struct KnownNode {
    node_id: i64,
    id: i64,
    held_by: Option<i64>,
    updated_at: i64,
}

impl KnownNode {
    pub(crate) fn node(self) -> NodeId {
        NodeId(self.node_id)
    }

    pub(crate) fn request(self) -> RequestId {
        RequestId(self.id)
    }

    /// Neither expired nor being revoked.
    pub(crate) fn is_held(self) -> bool {
        self.held_by.is_some()
    }

    pub(crate) fn changed_at(self) -> Option<Timestamp> {
        row::moment(self.updated_at)
    }
}

impl Store {
    pub(crate) fn held(&self) -> Held<'_> {
        Held(self)
    }
}

impl Held<'_> {
    /// Whether a request knows this key by its number. It was ordered to end at one of these moments.
    pub(crate) async fn knows_key(
        &self,
        key: KeyId,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<bool, Error> {
        let (from, to) = (from.as_millisecond(), to.as_millisecond());
        let known = Entity::find()
            .filter(Column::KeyExpiresAt.between(from, to))
            .filter(Column::KeyId.eq(key.0));
        Ok(known.count(&self.0.db).await? > 0)
    }

    /// The first of those who hold something whose id is above this one, under their latest name. Passes over the
    /// next `skip` things that are held.
    pub(crate) async fn next_holder(
        &self,
        after: MemberId,
        skip: u64,
    ) -> Result<Option<Person>, Error> {
        let holder: Option<i64> = by_holder()
            .filter(Column::HeldBy.gt(after.0))
            .offset(skip)
            .limit(1)
            .into_tuple()
            .one(&self.0.db)
            .await?;
        let Some(id) = holder.map(MemberId) else {
            return Ok(None);
        };
        let mut held = self.of(id).await?;
        Ok(held.pop().map(|latest| latest.requester))
    }

    /// How many members hold something, among the first `most` things that are held.
    pub(crate) async fn count_holders(&self, most: u64) -> Result<usize, Error> {
        let held = by_holder().limit(most).into_tuple::<i64>();
        let mut holders = held.all(&self.0.db).await?;
        holders.dedup();
        Ok(holders.len())
    }

    /// What a member holds, oldest first.
    pub(crate) async fn of(&self, member: MemberId) -> Result<Vec<DeviceRequest>, Error> {
        let rows = Entity::find()
            .filter(Column::HeldBy.eq(member.0))
            .order_by_asc(Column::Id)
            .all(&self.0.db)
            .await?;
        Ok(row::readable(&rows, row::read))
    }

    /// The next of the joined devices that were not removed, at most `most`, in the order of their nodes.
    pub(crate) async fn nodes(
        &self,
        after: Option<KnownNode>,
        most: u64,
    ) -> Result<Vec<KnownNode>, Error> {
        let from = after.map_or(0, |last| last.node_id);
        let rows = Entity::find()
            .select_only()
            .columns([
                Column::NodeId,
                Column::Id,
                Column::HeldBy,
                Column::UpdatedAt,
            ])
            .filter(Column::NodeId.is_not_null())
            .filter(Column::NodeId.gte(from))
            .order_by_asc(Column::NodeId)
            .order_by_asc(Column::Id)
            .limit(most);
        let mut known: Vec<KnownNode> = rows.into_model().all(&self.0.db).await?;
        // More than one request can have led to the same node.
        known.retain(|known| after.is_none_or(|last| *known > last));
        Ok(known)
    }
}

/// Whoever holds something, once for each thing, in the order of their ids.
fn by_holder() -> Select<Entity> {
    Entity::find()
        .select_only()
        .column(Column::HeldBy)
        .filter(Column::HeldBy.is_not_null())
        .order_by_asc(Column::HeldBy)
}
