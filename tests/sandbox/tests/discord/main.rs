//! The Discord stand-in, held to Discord's rules by the unmodified serenity client
//! and by plain HTTP and WebSocket clients.

mod description;
mod faults;
mod gateway;
mod probe;
mod raw;
mod story;
mod strict_commands;
mod strict_interactions;
mod strict_messages;
