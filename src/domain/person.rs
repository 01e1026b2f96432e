//! Who asks, and who decides.

use serde::{Deserialize, Serialize};

use super::MemberId;

/// Somebody on Discord. The id never changes; the name is a snapshot for display.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    pub id: MemberId,
    /// The account's name, unescaped.
    pub name: String,
}

impl Person {
    /// The bot itself, for what it does by the operator's rules without a click. No Discord account has the id 0.
    pub fn bot() -> Self {
        Self {
            id: MemberId(0),
            name: "headscale-usher".to_owned(),
        }
    }

    pub(crate) fn is_bot(&self) -> bool {
        self.id == MemberId(0)
    }
}
