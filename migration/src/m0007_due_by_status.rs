//! What is due, status by status: of thousands of requests that are due at once, the most urgent are found without
//! looking at the others.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum DeviceRequest {
    Table,
    Status,
    DueAt,
}

/// Both find requests by status; the new one does more.
const BEFORE: &str = "device_request_status";
const AFTER: &str = "device_request_status_due_at";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(drop(BEFORE)).await?;
        let mut index = on(AFTER);
        manager
            .create_index(index.col(DeviceRequest::DueAt).to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(drop(AFTER)).await?;
        manager.create_index(on(BEFORE)).await
    }
}

fn on(name: &str) -> IndexCreateStatement {
    let mut index = Index::create();
    index
        .name(name)
        .table(DeviceRequest::Table)
        .col(DeviceRequest::Status)
        .to_owned()
}

fn drop(name: &str) -> IndexDropStatement {
    Index::drop()
        .name(name)
        .table(DeviceRequest::Table)
        .to_owned()
}
