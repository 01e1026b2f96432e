//! Clicks and commands that Discord's client would never send.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Interaction, Member, Message};
use crate::discord::{
    Discord,
    gateway::{Act, interact},
    model::{Channel, Id, InteractionKind},
};

/// A forged interaction: whatever is not set is as in the guild's general channel.
#[derive(Clone, Debug)]
pub struct Forged {
    act: Act,
    in_guild: bool,
}

impl Forged {
    /// Somebody presses a component with this `custom_id` on this message, whether
    /// it is there or not.
    pub fn click(by: &Member, message: &Message, custom_id: &str) -> Self {
        let data = json!({"component_type": 2, "custom_id": custom_id, "id": 2});
        let kind = InteractionKind::Component {
            message: message.id(),
        };
        Self::new(by, kind, message.channel_id(), data)
    }

    /// Somebody submits a form that was never opened.
    pub fn form(
        by: &Member,
        message: Option<&Message>,
        custom_id: &str,
        values: &[(&str, &str)],
    ) -> Self {
        let rows: Vec<_> = values
            .iter()
            .map(|(name, value)| {
                let input = json!({"type": 4, "id": 2, "custom_id": name, "value": value});
                json!({"type": 1, "id": 1, "components": [input]})
            })
            .collect();
        let kind = InteractionKind::ModalSubmit {
            message: message.map(Message::id),
        };
        let channel = message.map_or(by.at, Message::channel_id);
        Self::new(
            by,
            kind,
            channel,
            json!({"custom_id": custom_id, "components": rows}),
        )
    }

    /// Somebody sends a command with these raw options, offered or not.
    pub fn command(by: &Member, name: &str, options: &Value) -> Self {
        let data = json!({"id": "777000000000000777", "name": name, "type": 1, "options": options});
        Self::new(by, InteractionKind::Command, by.at, data)
    }

    fn new(by: &Member, kind: InteractionKind, channel: Id, data: Value) -> Self {
        let act = Act {
            kind,
            user: by.id(),
            guild: None,
            channel,
            data,
            message: None,
        };
        Self {
            act,
            in_guild: true,
        }
    }

    /// As if it happened in this guild.
    #[must_use]
    pub fn in_guild(mut self, guild: Id) -> Self {
        self.act.guild = Some(guild);
        self
    }

    /// As if it happened in this channel.
    #[must_use]
    pub fn in_channel(mut self, channel: Id) -> Self {
        self.act.channel = channel;
        self
    }

    /// As if it happened in the person's direct messages: no guild, no member.
    #[must_use]
    pub fn in_dms(mut self) -> Self {
        self.act.guild = None;
        self.in_guild = false;
        self
    }

    /// Replaces the `data` of the payload.
    #[must_use]
    pub fn with_data(mut self, data: Value) -> Self {
        self.act.data = data;
        self
    }

    /// Replaces the message in the payload.
    #[must_use]
    pub fn with_message(mut self, message: Value) -> Self {
        self.act.message = Some(message);
        self
    }
}

impl Discord {
    /// Delivers a forged interaction. It can be answered like a real one.
    pub fn forge(&self, forged: Forged) -> Interaction {
        let Forged { mut act, in_guild } = forged;
        let origin = self.shared.origin();
        let id = self.shared.change(|state| {
            if !in_guild {
                act.channel = state.world.dm_with(act.user);
            } else if act.guild.is_none() {
                let channel = state.world.channels.get(&act.channel);
                act.guild = channel.map_or(Some(state.world.home), Channel::guild);
            }
            interact(state, &origin, &act)
        });
        Interaction {
            shared: Arc::clone(&self.shared),
            id,
        }
    }

    /// Sends any event through the gateway, as is.
    pub fn dispatch(&self, name: &str, data: &Value) {
        self.shared
            .change(|state| state.gateway.dispatch(name, data));
    }
}
