//! Headscale's numbers: unsigned 64-bit on its wire, `i64` here and in the store, which reach far enough.

use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A pre-auth key.
    KeyId,
    /// A Headscale user, who owns keys and nodes.
    UserId,
    /// A device in the network.
    NodeId,
}
