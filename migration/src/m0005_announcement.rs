//! What the approvers have been told once and need not be told again, such as that the key to Headscale runs out.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Announcement {
    Table,
    Subject,
    At,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Announcement::Table)
            .col(string(Announcement::Subject).primary_key())
            .col(big_integer(Announcement::At))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop().table(Announcement::Table).to_owned();
        manager.drop_table(drop).await
    }
}
