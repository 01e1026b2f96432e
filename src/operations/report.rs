//! Whether everything the bot depends on is usable, as the endpoint shows it.

use serde_json::{Value, json};

const MAX_CAUSE: usize = 300;

/// Whether everything the bot depends on is usable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) gateway: Condition,
    pub(crate) headscale: Condition,
    pub(crate) store: Condition,
    /// Registered with Discord: without them nobody can ask for anything.
    pub(crate) commands: Condition,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Not tried yet.
    #[default]
    Unknown,
    Good,
    /// For the operator, without secrets.
    Trouble(String),
}

impl Condition {
    pub(super) fn trouble(cause: &str) -> Self {
        Self::Trouble(cause.chars().take(MAX_CAUSE).collect())
    }

    pub(crate) fn is_good(&self) -> bool {
        *self == Self::Good
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Unknown => json!({ "ok": false, "cause": "not tried yet" }),
            Self::Good => json!({ "ok": true }),
            Self::Trouble(cause) => json!({ "ok": false, "cause": cause }),
        }
    }
}

impl Report {
    pub(super) fn parts(&self) -> [(&'static str, &Condition); 4] {
        [
            ("gateway", &self.gateway),
            ("headscale", &self.headscale),
            ("store", &self.store),
            ("commands", &self.commands),
        ]
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.parts()
            .iter()
            .all(|(_, condition)| condition.is_good())
    }

    pub(super) fn to_json(&self) -> Value {
        let mut json = json!({ "ready": self.is_ready() });
        for (part, condition) in self.parts() {
            json[part] = condition.to_json();
        }
        json
    }
}
