//! The audit log: who did what, and whose clicks were refused.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    DatabaseTransaction, EntityTrait, PaginatorTrait,
};

use super::entity::{device_request, request_event};
use super::{Error, Store};
use crate::domain::{Person, RequestId};

/// One line to write. It never holds a key, a token, or any free text but a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// None for the worker.
    pub actor: Option<Person>,
    pub event: &'static str,
    pub detail: Option<String>,
}

impl Store {
    /// Records something that changed nothing, such as a refused click. A request that does not exist is left out.
    pub(crate) async fn note(
        &self,
        entry: &AuditEntry,
        request: Option<RequestId>,
        at: Timestamp,
    ) -> Result<(), Error> {
        let entry = entry.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let request = match request {
                    Some(id) if exists(tx, id).await? => Some(id),
                    _ => None,
                };
                append(tx, &entry, at, request, None).await
            })
        })
        .await
    }
}

async fn exists(tx: &DatabaseTransaction, id: RequestId) -> Result<bool, Error> {
    let found = device_request::Entity::find_by_id(id.0).count(tx).await?;
    Ok(found > 0)
}

/// `version` is the one that the event made, if it made any.
pub(super) async fn append(
    tx: &DatabaseTransaction,
    entry: &AuditEntry,
    at: Timestamp,
    request: Option<RequestId>,
    version: Option<i64>,
) -> Result<(), Error> {
    let line = request_event::ActiveModel {
        id: NotSet,
        request_id: Set(request.map(|id| id.0)),
        version: Set(version),
        at: Set(at.as_millisecond()),
        actor_id: Set(entry.actor.as_ref().map(|actor| actor.id.0)),
        actor_name: Set(entry.actor.as_ref().map(|actor| actor.name.clone())),
        event: Set(entry.event.to_owned()),
        detail: Set(entry.detail.clone()),
    };
    request_event::Entity::insert(line).exec(tx).await?;
    Ok(())
}
