//! Stand-ins for the services that the bot talks to. They speak the real wire on loopback sockets, so the bot's own
//! unmodified clients can be used. They know nothing of the bot.

pub mod discord;
pub mod headscale;
mod port;

pub use port::ReservedPort;
