//! The schema by hand: `cargo run -p migration -- -u sqlite:requests.db status`, or `up`, or `down`.
//! The bot itself migrates up at every start; stop it before going down.

use sea_orm_migration::prelude::cli;

#[tokio::main]
async fn main() {
    cli::run_cli(migration::Migrator).await;
}
