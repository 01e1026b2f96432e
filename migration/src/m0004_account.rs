//! Which Headscale user a member was given. Only members with a user of their own are here: a fixed user that all
//! share needs no remembering.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_uniq, string};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Account {
    Table,
    MemberId,
    OwnerId,
    OwnerName,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Account::Table)
            .col(big_integer(Account::MemberId).primary_key())
            .col(big_integer_uniq(Account::OwnerId))
            .col(string(Account::OwnerName))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop().table(Account::Table).to_owned();
        manager.drop_table(drop).await
    }
}
