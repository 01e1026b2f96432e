//! The first schema. Columns named `facts`, `card`, `letter` and `notice` hold JSON documents that SQL never looks into;
//! the other columns are what SQL asks for.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, big_integer_uniq, big_pk_auto, boolean, string, string_null,
    text, text_null,
};
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum DeviceRequest {
    Table,
    Id,
    InteractionId,
    RequesterId,
    RequesterName,
    /// NULL as soon as the requester may ask for another device of that name.
    ReservedName,
    Status,
    /// The requester, while they hold a key, a device or an offer. Most requests are over, and held by nobody.
    HeldBy,
    KeyId,
    /// Unique, because a key whose number was lost is found by it.
    KeyExpiresAt,
    /// NULL once the node was removed from Headscale.
    NodeId,
    CreatedAt,
    UpdatedAt,
    Version,
    DueAt,
    Facts,
    Card,
    Letter,
    Notice,
}

/// The audit log: rows are added, and never changed or removed.
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

/// Members' own Headscale users. A user that all members share is not here.
#[derive(DeriveIden)]
enum HeadscaleUser {
    Table,
    MemberId,
    UserId,
    UserName,
}

/// What the approvers were told once and need not be told again, such as when the API key expires.
#[derive(DeriveIden)]
enum Announcement {
    Table,
    Subject,
    At,
}

/// Members who left while they had a live key or a device.
#[derive(DeriveIden)]
enum Departure {
    Table,
    Id,
    MemberId,
    /// NULL once the departure is over, so a member has one open departure at most.
    OpenMemberId,
    Status,
    Unsettled,
    MissingSince,
    Version,
    Facts,
    Card,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            device_request(),
            request_event(),
            headscale_user(),
            announcement(),
            departure(),
        ] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        make_append_only(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            Departure::Table.into_iden(),
            Announcement::Table.into_iden(),
            HeadscaleUser::Table.into_iden(),
            RequestEvent::Table.into_iden(),
            DeviceRequest::Table.into_iden(),
        ] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn device_request() -> TableCreateStatement {
    Table::create()
        .table(DeviceRequest::Table)
        .col(big_pk_auto(DeviceRequest::Id))
        .col(big_integer_uniq(DeviceRequest::InteractionId))
        .col(big_integer(DeviceRequest::RequesterId))
        .col(string(DeviceRequest::RequesterName))
        .col(string_null(DeviceRequest::ReservedName))
        .col(string(DeviceRequest::Status))
        .col(big_integer_null(DeviceRequest::HeldBy))
        .col(big_integer_null(DeviceRequest::KeyId))
        .col(big_integer_null(DeviceRequest::KeyExpiresAt))
        .col(big_integer_null(DeviceRequest::NodeId))
        .col(big_integer(DeviceRequest::CreatedAt))
        .col(big_integer(DeviceRequest::UpdatedAt))
        .col(big_integer(DeviceRequest::Version))
        .col(big_integer_null(DeviceRequest::DueAt))
        .col(text(DeviceRequest::Facts))
        .col(text_null(DeviceRequest::Card))
        .col(text_null(DeviceRequest::Letter))
        .col(text_null(DeviceRequest::Notice))
        .check(Expr::col(DeviceRequest::Version).gt(0))
        .check(
            Expr::col(DeviceRequest::KeyId)
                .is_null()
                .or(Expr::col(DeviceRequest::KeyExpiresAt).is_not_null()),
        )
        .to_owned()
}

fn request_event() -> TableCreateStatement {
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
        .col(text_null(RequestEvent::Detail))
        .foreign_key(&mut of_request)
        .check(
            Expr::col(RequestEvent::ActorId)
                .is_null()
                .eq(Expr::col(RequestEvent::ActorName).is_null()),
        )
        .to_owned()
}

fn headscale_user() -> TableCreateStatement {
    Table::create()
        .table(HeadscaleUser::Table)
        .col(big_integer(HeadscaleUser::MemberId).primary_key())
        .col(big_integer_uniq(HeadscaleUser::UserId))
        .col(string(HeadscaleUser::UserName))
        .to_owned()
}

fn announcement() -> TableCreateStatement {
    Table::create()
        .table(Announcement::Table)
        .col(string(Announcement::Subject).primary_key())
        .col(big_integer(Announcement::At))
        .to_owned()
}

fn departure() -> TableCreateStatement {
    Table::create()
        .table(Departure::Table)
        .col(big_pk_auto(Departure::Id))
        .col(big_integer(Departure::MemberId))
        .col(big_integer_null(Departure::OpenMemberId).unique_key())
        .col(string(Departure::Status))
        .col(boolean(Departure::Unsettled))
        .col(big_integer(Departure::MissingSince))
        .col(big_integer(Departure::Version))
        .col(text(Departure::Facts))
        .col(text_null(Departure::Card))
        .check(Expr::col(Departure::Version).gt(0))
        .to_owned()
}

/// NULL equals nothing, so a unique index holds any number of requests that reserve no name.
fn indexes() -> [IndexCreateStatement; 12] {
    [
        index("device_request_reserved_name", DeviceRequest::Table)
            .col(DeviceRequest::RequesterId)
            .col(DeviceRequest::ReservedName)
            .unique()
            .to_owned(),
        index("device_request_status_due_at", DeviceRequest::Table)
            .col(DeviceRequest::Status)
            .col(DeviceRequest::DueAt)
            .to_owned(),
        index("device_request_status_id", DeviceRequest::Table)
            .col(DeviceRequest::Status)
            .col(DeviceRequest::Id)
            .to_owned(),
        index("device_request_member_status_id", DeviceRequest::Table)
            .col(DeviceRequest::RequesterId)
            .col(DeviceRequest::Status)
            .col(DeviceRequest::Id)
            .to_owned(),
        where_known("device_request_held_by", DeviceRequest::HeldBy),
        where_known("device_request_node_id", DeviceRequest::NodeId),
        where_known("device_request_due_at", DeviceRequest::DueAt),
        where_known("device_request_key_expires_at", DeviceRequest::KeyExpiresAt)
            .unique()
            .to_owned(),
        index("request_event_request_id", RequestEvent::Table)
            .col(RequestEvent::RequestId)
            .to_owned(),
        index("departure_member_id", Departure::Table)
            .col(Departure::MemberId)
            .to_owned(),
        index("departure_unsettled", Departure::Table)
            .col(Departure::Unsettled)
            .to_owned(),
        index("departure_missing_since", Departure::Table)
            .col(Departure::MissingSince)
            .to_owned(),
    ]
}

fn index(name: &str, table: impl IntoTableRef) -> IndexCreateStatement {
    Index::create().name(name).table(table).to_owned()
}

/// Most requests are finished, and not in such an index.
fn where_known(name: &str, column: DeviceRequest) -> IndexCreateStatement {
    let column = column.into_iden();
    index(name, DeviceRequest::Table)
        .col(column.clone())
        .and_where(Expr::col(column).is_not_null())
        .to_owned()
}

/// sea-query has no builder for triggers, and every database has a language of its own for them.
async fn make_append_only(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    for (name, statement) in [("changed", "UPDATE"), ("removed", "DELETE")] {
        let trigger = format!(
            "CREATE TRIGGER request_event_is_not_{name} BEFORE {statement} ON request_event \
             BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        );
        manager
            .get_connection()
            .execute_unprepared(&trigger)
            .await?;
    }
    Ok(())
}
