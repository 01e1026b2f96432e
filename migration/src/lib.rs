//! The schema of headscale-usher's store, one migration per concern. A merged migration is never edited.
//!
//! Moments are integers, milliseconds since 1970. Every migration runs in a transaction, so that a crash leaves
//! the schema either before it or after it.

use sea_orm_migration::prelude::*;

mod m0001_device_request;
mod m0002_projection;
mod m0003_request_event;
mod m0004_account;
mod m0005_announcement;
mod m0006_departure;
mod m0007_due_by_status;

pub use sea_orm_migration::MigratorTrait;

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_device_request::Migration),
            Box::new(m0002_projection::Migration),
            Box::new(m0003_request_event::Migration),
            Box::new(m0004_account::Migration),
            Box::new(m0005_announcement::Migration),
            Box::new(m0006_departure::Migration),
            Box::new(m0007_due_by_status::Migration),
        ]
    }
}
