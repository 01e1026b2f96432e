//! Pages of requests, found by index among any number of others.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::entity::device_request::{Column, Entity};
use super::{Error, Store, row};
use crate::domain::{Cursor, DeviceRequest, Filter};

/// The requests nearest to the cursor, at most `most`, oldest first.
pub(crate) async fn listed(
    store: &Store,
    filter: Filter,
    from: Cursor,
    most: usize,
) -> Result<Vec<DeviceRequest>, Error> {
    let found = Entity::find()
        .filter(Column::Status.eq(filter.status))
        .apply_if(filter.member, |found, member| {
            found.filter(Column::RequesterId.eq(member.0))
        });
    let found = match from {
        Cursor::After(id) => found.filter(Column::Id.gt(id.0)).order_by_asc(Column::Id),
        Cursor::Before(id) => found.filter(Column::Id.lt(id.0)).order_by_desc(Column::Id),
    };
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    let rows = found.limit(most).all(&store.db).await?;
    let mut listed = row::readable(&rows, row::read);
    listed.sort_by_key(|request| request.id);
    Ok(listed)
}
