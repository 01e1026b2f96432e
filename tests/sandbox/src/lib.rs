//! Stand-ins for the services the bot talks to. They speak the real wire on
//! loopback sockets, so that the bot's own unmodified clients can be used.

pub mod aftermath;
pub mod bench;
pub mod discord;
pub mod headscale;
pub mod serve;
pub mod stage;
pub mod story;
