//! Headscale's numbers: unsigned 64-bit on its wire, `i64` here and in the store, which reach far enough.

pub use crate::domain::{HeadscaleUserId as UserId, KeyId, NodeId};
