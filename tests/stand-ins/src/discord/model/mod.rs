//! A plain in-memory Discord: data and the questions one can ask of it. It knows
//! nothing of HTTP, of sockets or of the people who act in tests.

mod guild;
mod interaction;
mod message;
pub(crate) mod permissions;
pub(crate) mod render;
pub(crate) mod world;

pub use guild::{Channel, ChannelKind, DmDoor, Guild, Membership, Overwrite, Role, User};
pub use interaction::{Ack, AckKind, InteractionKind, InteractionRecord};
pub(crate) use interaction::{FIRST_ANSWER, TOKEN_LIFE};
pub use message::{Attachment, MessageRecord, Pings};
pub use world::World;

/// A Discord id ("snowflake").
pub type Id = u64;

/// The first millisecond a snowflake can express.
const DISCORD_EPOCH_MS: i64 = 1_420_070_400_000;

/// The earliest snowflake of a moment.
pub(crate) fn snowflake_at(at: jiff::Timestamp) -> Id {
    let since = at.as_millisecond().saturating_sub(DISCORD_EPOCH_MS).max(0);
    since.unsigned_abs() << 22
}

/// Bits of a message's flags.
pub(crate) mod flags {
    pub(crate) const SUPPRESS_EMBEDS: u64 = 1 << 2;
    /// The message is for one pair of eyes.
    pub(crate) const EPHEMERAL: u64 = 1 << 6;
    /// "The bot is thinking…"
    pub(crate) const LOADING: u64 = 1 << 7;
    pub(crate) const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
}
