//! Everything the bot writes to Discord of its own accord: cards, letters, notices, announcements, and later versions of
//! its answers to people. The only room that writes messages; it decides nothing and remembers only interaction tokens.
//!
//! - [`Messenger`]: posts and edits; [`Message`]: what can be posted and edited
//! - [`SentAnswer`]: an answer that can be edited while its token lives
//! - [`Error`]: what Discord's refusals mean
//! - [`RestClient`]: calls to Discord's HTTP API; `limits`: its rate limits
//!
//! It must not know the store, Headscale or the workflow. It turns our ids into Discord's.

mod answers;
mod error;
mod limits;
mod message;
mod messenger;
mod rest;

pub(crate) use answers::SentAnswer;
pub(crate) use error::{Error, Missing, Outage};
pub(crate) use message::Message;
pub(crate) use messenger::snowflake;
pub(crate) use messenger::{LISTED, Messenger};
pub(crate) use rest::RestClient;
