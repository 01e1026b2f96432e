//! Everything that is written to Discord of the bot's own accord: cards, letters, notices and later faces of
//! private answers. The only room that writes messages; it decides nothing and remembers nothing but tokens.
//!
//! - [`Messenger`]: what can be written, one verb each
//! - [`Error`]: what Discord's refusals mean
//! - [`PrivateAnswer`]: an answer that can still be written to
//! - [`Wire`]: one call; `limits`: Discord's rate limits
//!
//! It must not know the store, Headscale or the workflow. It turns our ids into Discord's.

mod answers;
mod error;
mod limits;
mod messenger;
mod wire;

use answers::Answers;
pub use answers::PrivateAnswer;
pub use error::{Error, Missing, Outage};
pub use messenger::Messenger;
pub(crate) use messenger::snowflake;
pub use wire::Wire;
