//! Typed ids. They are `i64` because that is what databases keep; Discord's snowflakes fit until the year 2084.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A Discord account.
    MemberId,
    /// The Discord server that the bot serves.
    GuildId,
    /// A Discord channel, a direct-message channel included.
    ChannelId,
    /// A Discord message.
    MessageId,
    /// A role of the guild.
    RoleId,
    /// One use of a command, a button or a form. A repeated event has the same id.
    InteractionId,
    /// A pre-auth key's number in Headscale.
    KeyId,
    /// A node's number in Headscale.
    NodeId,
    /// A Headscale user's number.
    HeadscaleUserId,
    /// A departure's number: one member leaving once.
    DepartureId,
}

impl MemberId {
    /// When the account was made, in milliseconds since 1970: a snowflake's upper 42 bits count from 2015.
    /// Source: Discord's reference, "Snowflakes".
    pub(crate) fn created_at_millis(self) -> i64 {
        const DISCORD_EPOCH: i64 = 1_420_070_400_000;
        (self.0 >> 22) + DISCORD_EPOCH
    }
}

/// A device request's number, shown to people as `#42`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct RequestId(pub i64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}
