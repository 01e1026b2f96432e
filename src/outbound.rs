//! Everything that is written to Discord of the bot's own accord: cards, letters, notices and later faces of
//! private answers. The only room that writes messages; it decides nothing and remembers nothing but tokens.
//!
//! - [`messenger`]: what can be written, one verb each
//! - [`error`]: what Discord's refusals mean
//! - [`answers`]: private answers that can still be written to
//! - [`wire`], [`limits`]: one call, and Discord's rate limits
//!
//! It must not know the store, Headscale or the workflow. It turns our ids into Discord's.

mod answers;
mod error;
mod limits;
mod messenger;
mod wire;

pub use answers::{Answer, Answers};
pub use error::{Cause, Error, Missing};
pub(crate) use limits::Key;
pub use messenger::{Desk, Messenger};
pub use wire::Wire;
