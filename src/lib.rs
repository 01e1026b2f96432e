pub mod config;
pub mod operations;
pub mod telemetry;
