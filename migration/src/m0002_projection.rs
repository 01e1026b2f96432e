//! What was shown of each request, and where. No row: nothing was shown yet.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, string, string_null};

use crate::m0001_device_request::DeviceRequest;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Projection {
    Table,
    RequestId,
    Kind,
    Channel,
    Message,
    Shown,
    Generation,
    Closed,
    Attempts,
    RetryAt,
    LastError,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop().table(Projection::Table).to_owned();
        manager.drop_table(drop).await
    }
}

fn table() -> TableCreateStatement {
    let mut key = Index::create();
    key.col(Projection::RequestId).col(Projection::Kind);
    let mut of_request = ForeignKey::create();
    of_request
        .from(Projection::Table, Projection::RequestId)
        .to(DeviceRequest::Table, DeviceRequest::Id);
    Table::create()
        .table(Projection::Table)
        .col(big_integer(Projection::RequestId))
        .col(string(Projection::Kind))
        .col(big_integer_null(Projection::Channel))
        .col(big_integer_null(Projection::Message))
        .col(big_integer(Projection::Shown))
        .col(big_integer(Projection::Generation))
        .col(boolean(Projection::Closed))
        .col(big_integer(Projection::Attempts))
        .col(big_integer_null(Projection::RetryAt))
        .col(string_null(Projection::LastError))
        .primary_key(&mut key)
        .foreign_key(&mut of_request)
        .check(Expr::cust("kind IN ('card', 'letter', 'notice')"))
        .check(Expr::cust("(channel IS NULL) = (message IS NULL)"))
        .to_owned()
}
