//! The requests. The state's data lies flat: a column is NULL unless the status has it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, big_integer_uniq, big_pk_auto, boolean_null, string, string_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum DeviceRequest {
    Table,
    Id,
    InteractionId,
    RequesterId,
    RequesterName,
    MemberSince,
    AskedIn,
    DeviceName,
    Platform,
    Reason,
    SignIn,
    PastRequests,
    PastDenials,
    PastDevices,
    CreatedAt,
    UpdatedAt,
    Version,
    Status,
    ApprovedById,
    ApprovedByName,
    ApprovedAt,
    LapsesAt,
    KeyExpiresAt,
    KeyId,
    Handover,
    ClaimBecause,
    ClaimUntil,
    KeyUsed,
    RevokingById,
    RevokingByName,
    NodeId,
    NodeName,
    NodeAddresses,
    NodeOtherOwner,
    NewestNode,
    Naming,
    NamingCause,
    Cause,
    DecidedById,
    DecidedByName,
    DenialReason,
    Attempts,
    RetryAt,
    LastError,
    DueAt,
}

/// What costs nothing to check on every write; the store checks the rest on every read.
const CHECKS: [&str; 11] = [
    "status IN ('pending', 'approved', 'issuing', 'delivered', 'claimable', 'failed', 'joined', 'denied', \
     'cancelled', 'expired', 'revoked')",
    "platform IN ('linux', 'macos', 'windows', 'android', 'ios', 'tv', 'other')",
    "version > 0",
    "(approved_at IS NULL) = (approved_by_id IS NULL)",
    "approved_at IS NOT NULL OR status IN ('pending', 'denied', 'cancelled', 'expired')",
    "key_expires_at IS NOT NULL OR status NOT IN ('issuing', 'delivered')",
    "key_expires_at IS NULL OR status IN ('issuing', 'delivered', 'joined')",
    "key_id IS NOT NULL OR status <> 'delivered'",
    "(key_id IS NULL) = (key_expires_at IS NULL) OR status <> 'joined'",
    "(node_id IS NOT NULL) = (status = 'joined')",
    "(decided_by_id IS NOT NULL) = (status IN ('denied', 'revoked'))",
];

/// A name is taken as long as a key may still be handed over for it. A delivered key that nobody has used may
/// lapse, and its request becomes claimable again.
const NAME_IS_TAKEN: &str = "status IN ('pending', 'approved', 'issuing', 'claimable', 'failed') \
                             OR (status = 'delivered' AND key_used = 0)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop().table(DeviceRequest::Table).to_owned();
        manager.drop_table(drop).await
    }
}

fn table() -> TableCreateStatement {
    let mut table = Table::create();
    table.table(DeviceRequest::Table);
    facts(&mut table);
    state(&mut table);
    retries(&mut table);
    for check in CHECKS {
        table.check(Expr::cust(check));
    }
    table
}

fn facts(table: &mut TableCreateStatement) {
    table
        .col(big_pk_auto(DeviceRequest::Id))
        .col(big_integer_uniq(DeviceRequest::InteractionId))
        .col(big_integer(DeviceRequest::RequesterId))
        .col(string(DeviceRequest::RequesterName))
        .col(big_integer_null(DeviceRequest::MemberSince))
        .col(big_integer(DeviceRequest::AskedIn))
        .col(string(DeviceRequest::DeviceName))
        .col(string(DeviceRequest::Platform))
        .col(string_null(DeviceRequest::Reason))
        .col(string_null(DeviceRequest::SignIn))
        .col(big_integer(DeviceRequest::PastRequests))
        .col(big_integer(DeviceRequest::PastDenials))
        .col(big_integer(DeviceRequest::PastDevices))
        .col(big_integer(DeviceRequest::CreatedAt))
        .col(big_integer(DeviceRequest::UpdatedAt))
        .col(big_integer(DeviceRequest::Version))
        .col(string(DeviceRequest::Status));
}

fn state(table: &mut TableCreateStatement) {
    table
        .col(big_integer_null(DeviceRequest::ApprovedById))
        .col(string_null(DeviceRequest::ApprovedByName))
        .col(big_integer_null(DeviceRequest::ApprovedAt))
        .col(big_integer_null(DeviceRequest::LapsesAt))
        .col(big_integer_null(DeviceRequest::KeyExpiresAt))
        .col(big_integer_null(DeviceRequest::KeyId))
        .col(string_null(DeviceRequest::Handover))
        .col(string_null(DeviceRequest::ClaimBecause))
        .col(big_integer_null(DeviceRequest::ClaimUntil))
        .col(boolean_null(DeviceRequest::KeyUsed))
        .col(big_integer_null(DeviceRequest::RevokingById))
        .col(string_null(DeviceRequest::RevokingByName))
        .col(big_integer_null(DeviceRequest::NodeId))
        .col(string_null(DeviceRequest::NodeName))
        .col(string_null(DeviceRequest::NodeAddresses))
        .col(string_null(DeviceRequest::NodeOtherOwner))
        .col(big_integer_null(DeviceRequest::NewestNode))
        .col(string_null(DeviceRequest::Naming))
        .col(string_null(DeviceRequest::NamingCause))
        .col(string_null(DeviceRequest::Cause))
        .col(big_integer_null(DeviceRequest::DecidedById))
        .col(string_null(DeviceRequest::DecidedByName))
        .col(string_null(DeviceRequest::DenialReason));
}

fn retries(table: &mut TableCreateStatement) {
    table
        .col(big_integer(DeviceRequest::Attempts))
        .col(big_integer_null(DeviceRequest::RetryAt))
        .col(string_null(DeviceRequest::LastError))
        .col(big_integer_null(DeviceRequest::DueAt));
}

fn indexes() -> [IndexCreateStatement; 5] {
    [
        on(
            "device_request_name_is_taken",
            [DeviceRequest::RequesterId, DeviceRequest::DeviceName],
        )
        .unique()
        .and_where(Expr::cust(NAME_IS_TAKEN))
        .to_owned(),
        on(
            "device_request_key_expires_at",
            [DeviceRequest::KeyExpiresAt],
        )
        .unique()
        .and_where(Expr::cust("key_expires_at IS NOT NULL"))
        .to_owned(),
        on("device_request_due_at", [DeviceRequest::DueAt])
            .and_where(Expr::cust("due_at IS NOT NULL"))
            .to_owned(),
        on("device_request_requester_id", [DeviceRequest::RequesterId]),
        on("device_request_status", [DeviceRequest::Status]),
    ]
}

fn on<const N: usize>(name: &str, columns: [DeviceRequest; N]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(DeviceRequest::Table);
    for column in columns {
        index.col(column);
    }
    index
}
