//! The schema of headscale-usher's store. A migration that was released is never edited.
//!
//! Moments are integers, milliseconds since 1970. Every migration runs in a transaction, so a crash leaves the schema
//! either before it or after it.

use sea_orm_migration::prelude::*;

mod m0001_schema;

pub use sea_orm_migration::MigratorTrait;

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_schema::Migration)]
    }
}
