//! The audit log: rows are added, and never changed or removed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, big_pk_auto, string, string_null};

use crate::m0001_device_request::DeviceRequest;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum RequestEvent {
    Table,
    Id,
    /// NULL for a click on a request that does not exist.
    RequestId,
    /// The version that the event made; NULL where nothing was changed.
    Version,
    At,
    /// NULL for the worker's own events.
    ActorId,
    ActorName,
    Event,
    Detail,
}

/// sea-query has no builder for triggers.
const APPEND_ONLY: [&str; 2] = [
    "CREATE TRIGGER request_event_is_not_changed BEFORE UPDATE ON request_event \
     BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER request_event_is_not_removed BEFORE DELETE ON request_event \
     BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table()).await?;
        manager.create_index(by_request()).await?;
        for trigger in APPEND_ONLY {
            manager.get_connection().execute_unprepared(trigger).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for trigger in [
            "request_event_is_not_changed",
            "request_event_is_not_removed",
        ] {
            let drop = format!("DROP TRIGGER {trigger}");
            manager.get_connection().execute_unprepared(&drop).await?;
        }
        let drop = Table::drop().table(RequestEvent::Table).to_owned();
        manager.drop_table(drop).await
    }
}

fn table() -> TableCreateStatement {
    let mut of_request = ForeignKey::create();
    of_request
        .from(RequestEvent::Table, RequestEvent::RequestId)
        .to(DeviceRequest::Table, DeviceRequest::Id);
    Table::create()
        .table(RequestEvent::Table)
        .col(big_pk_auto(RequestEvent::Id))
        .col(big_integer_null(RequestEvent::RequestId))
        .col(big_integer_null(RequestEvent::Version))
        .col(big_integer(RequestEvent::At))
        .col(big_integer_null(RequestEvent::ActorId))
        .col(string_null(RequestEvent::ActorName))
        .col(string(RequestEvent::Event))
        .col(string_null(RequestEvent::Detail))
        .foreign_key(&mut of_request)
        .check(Expr::cust("(actor_id IS NULL) = (actor_name IS NULL)"))
        .to_owned()
}

fn by_request() -> IndexCreateStatement {
    Index::create()
        .name("request_event_request_id")
        .table(RequestEvent::Table)
        .col(RequestEvent::RequestId)
        .to_owned()
}
