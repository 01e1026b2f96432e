//! The Discord stand-in, held to Discord's rules by the unmodified serenity client
//! and by plain HTTP and WebSocket clients.

#![expect(
    clippy::needless_pass_by_value,
    reason = "tables read better with bodies by value"
)]

mod clients;
mod faults;
mod gateway;
mod probe;
mod raw;
mod reading;
mod strict_channels;
mod strict_commands;
mod strict_interactions;
mod strict_messages;
