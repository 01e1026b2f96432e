//! The audit log: who did what, and who tried in vain.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    DatabaseTransaction, EntityTrait, PaginatorTrait,
};

use super::entity::{device_request, request_event};
use super::{Error, Store};
use crate::domain::{DeviceRequest, Person, RequestId};

/// One line to write. Never holds a key, a token or anybody's free text beyond a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// None: the worker.
    pub actor: Option<Person>,
    pub event: &'static str,
    pub detail: Option<String>,
}

/// What a line is about.
#[derive(Clone, Copy)]
pub(super) struct About {
    pub(super) request: Option<RequestId>,
    pub(super) version: Option<i64>,
    pub(super) at: Timestamp,
}

impl About {
    /// The event that made this version of the request.
    pub(super) fn version_of(request: &DeviceRequest) -> Self {
        Self {
            request: Some(request.id),
            version: Some(request.version),
            at: request.updated_at,
        }
    }
}

impl Store {
    /// Records something that changed nothing, such as a refused click. A request that does not exist is not
    /// named.
    pub async fn note(
        &self,
        entry: &AuditEntry,
        request: Option<RequestId>,
        at: Timestamp,
    ) -> Result<(), Error> {
        let tx = self.begin().await?;
        let request = match request {
            Some(id) if exists(&tx, id).await? => Some(id),
            _ => None,
        };
        let about = About {
            request,
            version: None,
            at,
        };
        append(&tx, about, entry).await?;
        Ok(tx.commit().await?)
    }
}

async fn exists(tx: &DatabaseTransaction, id: RequestId) -> Result<bool, Error> {
    let found = device_request::Entity::find_by_id(id.0).count(tx).await?;
    Ok(found > 0)
}

pub(super) async fn append(
    tx: &DatabaseTransaction,
    about: About,
    entry: &AuditEntry,
) -> Result<(), Error> {
    let line = request_event::ActiveModel {
        id: NotSet,
        request_id: Set(about.request.map(|id| id.0)),
        version: Set(about.version),
        at: Set(about.at.as_millisecond()),
        actor_id: Set(entry.actor.as_ref().map(|actor| actor.id.0)),
        actor_name: Set(entry.actor.as_ref().map(|actor| actor.name.clone())),
        event: Set(entry.event.to_owned()),
        detail: Set(entry.detail.clone()),
    };
    request_event::Entity::insert(line).exec(tx).await?;
    Ok(())
}
