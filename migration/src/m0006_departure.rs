//! Members who left while something of theirs was live: the looks that missed them, and the question to the approvers.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, big_pk_auto, boolean, string, string_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Departure {
    Table,
    Id,
    MemberId,
    MemberName,
    FirstMissingAt,
    State,
    /// The requests that the question is about, with spaces between.
    Devices,
    DecidedById,
    DecidedByName,
    UpdatedAt,
    Version,
    Channel,
    Message,
    Shown,
    Generation,
    Closed,
    Attempts,
    RetryAt,
    LastError,
}

const CHECKS: [&str; 5] = [
    "state IN ('missed', 'asking', 'kept', 'expiring', 'expired', 'back', 'over')",
    "version > 0",
    "(decided_by_id IS NULL) = (decided_by_name IS NULL)",
    "decided_by_id IS NOT NULL OR state NOT IN ('kept', 'expiring', 'expired')",
    "(channel IS NULL) = (message IS NULL)",
];

/// One question about a person at a time.
const OPEN: &str = "state IN ('missed', 'asking', 'expiring')";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table()).await?;
        manager.create_index(one_open()).await?;
        manager.create_index(by_member()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop().table(Departure::Table).to_owned();
        manager.drop_table(drop).await
    }
}

fn table() -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Departure::Table)
        .col(big_pk_auto(Departure::Id))
        .col(big_integer(Departure::MemberId))
        .col(string(Departure::MemberName))
        .col(big_integer(Departure::FirstMissingAt))
        .col(string(Departure::State))
        .col(string(Departure::Devices))
        .col(big_integer_null(Departure::DecidedById))
        .col(string_null(Departure::DecidedByName))
        .col(big_integer(Departure::UpdatedAt))
        .col(big_integer(Departure::Version))
        .col(big_integer_null(Departure::Channel))
        .col(big_integer_null(Departure::Message))
        .col(big_integer(Departure::Shown))
        .col(big_integer(Departure::Generation))
        .col(boolean(Departure::Closed))
        .col(big_integer(Departure::Attempts))
        .col(big_integer_null(Departure::RetryAt))
        .col(string_null(Departure::LastError));
    for check in CHECKS {
        table.check(Expr::cust(check));
    }
    table
}

fn one_open() -> IndexCreateStatement {
    Index::create()
        .name("departure_one_open")
        .table(Departure::Table)
        .col(Departure::MemberId)
        .unique()
        .and_where(Expr::cust(OPEN))
        .to_owned()
}

fn by_member() -> IndexCreateStatement {
    Index::create()
        .name("departure_member_id")
        .table(Departure::Table)
        .col(Departure::MemberId)
        .to_owned()
}
