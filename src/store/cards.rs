//! Where the approvers' messages are, found by index among any number of finished requests.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::device_request::{Column, Entity};
use super::{Error, Store, request, row};
use crate::domain::{MessageRef, RequestId, Status};

/// The next requests in this status, at most `most`, in the order of their numbers, with the places of their cards.
pub(crate) async fn cards(
    store: &Store,
    status: Status,
    after: RequestId,
    most: u64,
) -> Result<Vec<(RequestId, Option<MessageRef>)>, Error> {
    let rows = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Card])
        .filter(Column::Status.eq(status))
        .filter(Column::Id.gt(after.0))
        .order_by_asc(Column::Id)
        .limit(most);
    let rows: Vec<(i64, Option<String>)> = rows.into_tuple().all(&store.db).await?;
    // One that cannot be read is reported when the whole row is.
    let place = |card: Option<String>| row::shown(card.as_deref())?.place;
    let cards = rows.into_iter();
    Ok(cards
        .map(|(id, card)| (RequestId(id), place(card)))
        .collect())
}

/// Lets the worker post this request's card anew. One that was never posted is about to be.
pub(crate) async fn post_again(store: &Store, id: RequestId) -> Result<(), Error> {
    let changed = request::edit(store, id, None, |request| {
        if request.card.place.is_some() {
            request.card.wanted_anew = true;
            request.card.shown = request.card.shown.min(request.version - 1);
        }
    });
    changed.await.map(|_| ())
}
