//! The gateway: sessions that outlive their connections, and the script of what
//! shall go wrong with them.

mod converse;
mod events;
mod script;
mod session;

pub(crate) use converse::converse;
pub(crate) use events::{Act, interact, repeat};
pub use script::GatewayControl;
pub(crate) use session::Gateway;
