//! headscale-usher ushers devices into a Headscale network from Discord.
pub mod app;
pub mod check;
pub mod clock;
pub mod command;
pub mod config;
pub mod domain;
pub mod gateway;
pub mod headscale;
pub mod interaction;
pub mod operations;
pub mod outbound;
pub mod store;
pub mod telemetry;
pub mod view;
pub mod workflow;
