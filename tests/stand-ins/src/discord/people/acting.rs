//! Verbs of people: commands, clicks and forms, as far as Discord's client lets
//! them. Each verb has a `try_` form that says why the client would not.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Interaction, Member, Message, Modal, form};
use crate::discord::{
    gateway::{Act, interact},
    model::{Channel, Id, InteractionKind, MessageRecord, Pings, World, permissions},
    shared::State,
};

impl Member {
    /// Types `/request-device`.
    pub async fn request_device(
        &self,
        device: &str,
        platform: &str,
        reason: Option<&str>,
    ) -> Interaction {
        let options = json!({"device": device, "platform": platform, "reason": reason});
        self.slash("request-device", options).await
    }

    /// Types a slash command with these options.
    pub async fn slash(&self, command: &str, options: Value) -> Interaction {
        let sent = self.try_slash(command, options).await;
        sent.unwrap_or_else(|refused| panic!("/{command}: {refused}"))
    }

    /// Types a slash command; the error is what the client would say. Waits until
    /// the bot is online and the command is registered.
    pub async fn try_slash(&self, command: &str, options: Value) -> Result<Interaction, String> {
        let here = self.at;
        let what = format!("/{command} to be offered");
        let offered = self.shared.find(&what, |state| {
            let offered = find_command(&state.world, here, command).cloned();
            offered.filter(|_| state.gateway.is_online())
        });
        let offered = offered.await?;
        let options = form::fill(&offered, &options)?;
        self.shared.change(|state| {
            self.may_use(state, &offered)?;
            let guild = state.world.channels.get(&here).and_then(Channel::guild);
            let mut data = json!({
                "id": offered["id"], "name": offered["name"], "type": 1, "options": options,
            });
            if let Some(guild) = offered.get("guild_id") {
                data["guild_id"] = guild.clone();
            }
            if let Some(people) = form::resolve(&state.world, here, &data["options"])? {
                data["resolved"] = people;
            }
            let kind = InteractionKind::Command;
            Ok(self.act(
                state,
                &Act {
                    kind,
                    user: self.id,
                    guild,
                    channel: here,
                    data,
                    message: None,
                },
            ))
        })
    }

    fn may_use(&self, state: &State, command: &Value) -> Result<(), String> {
        let channel = state
            .world
            .channels
            .get(&self.at)
            .ok_or("no such channel")?;
        let held = state.world.permissions_in(channel, self.id);
        let mut needed = permissions::VIEW_CHANNEL | permissions::USE_APPLICATION_COMMANDS;
        if let Some(bits) = command["default_member_permissions"].as_str()
            && !self.is_allowed(state, channel, command)
        {
            let bits = bits.parse().unwrap_or_default();
            needed |= if bits == 0 {
                permissions::ADMINISTRATOR
            } else {
                bits
            };
        }
        if held & needed == needed {
            Ok(())
        } else {
            Err("lacks the permission here".into())
        }
    }

    /// An administrator has allowed the command to one of their roles, which counts before its own default.
    fn is_allowed(&self, state: &State, channel: &Channel, command: &Value) -> bool {
        let guild = channel.guild().and_then(|id| state.world.guilds.get(&id));
        let name = command["name"].as_str().unwrap_or_default();
        guild.is_some_and(|guild| {
            let roles = guild.members.get(&self.id).map(|member| &member.roles);
            let allowed = guild.allowed_commands.get(name);
            allowed
                .is_some_and(|to| roles.is_some_and(|held| held.iter().any(|it| to.contains(it))))
        })
    }

    /// Writes a message of their own in the channel they are in.
    pub fn writes(&self, text: &str) -> Message {
        let record = self.shared.change(|state| {
            let world = &mut state.world;
            let record = MessageRecord {
                id: world.fresh_id(),
                channel: self.at,
                author: self.id,
                content: text.into(),
                embeds: Vec::new(),
                components: Vec::new(),
                attachments: Vec::new(),
                flags: 0,
                nonce: None,
                tts: false,
                created: world.now(),
                edited: None,
                pings: Pings::default(),
                mentions: Pings::default(),
                interaction: None,
                seen_only_by: None,
            };
            world.keep(record.clone());
            record
        });
        Message::new(&self.shared, record)
    }

    /// Presses the button with this label.
    pub async fn press(&self, message: &Message, label: &str) -> Interaction {
        let pressed = self.try_press(message, label).await;
        pressed.unwrap_or_else(|refused| panic!("[{label}]: {refused}"))
    }

    /// Presses a button of the message as it is now; the error says why there is
    /// nothing to press. Waits until the bot is online.
    pub async fn try_press(&self, message: &Message, label: &str) -> Result<Interaction, String> {
        let online = |state: &State| state.gateway.is_online().then_some(());
        self.shared.find("the bot to be online", online).await?;
        self.press_now(message, label)
    }

    /// Presses at once, whether or not the bot is online.
    pub fn press_now(&self, message: &Message, label: &str) -> Result<Interaction, String> {
        self.shared.change(|state| {
            let there = state.world.messages.get(&message.id());
            let there = there.ok_or("the message was deleted")?;
            if !self.sees(state, there) {
                return Err(format!("{label}: cannot see the message"));
            }
            let seen = Message::new(&self.shared, there.clone());
            let button = seen
                .button(label)
                .ok_or_else(|| format!("no such button; there are {:?}", seen.labels()))?;
            if button.disabled {
                return Err("the button is disabled".into());
            }
            let custom_id = button.custom_id.ok_or("a link sends nothing")?;
            let act = self.click(&state.world, there, &custom_id);
            Ok(self.act(state, &act))
        })
    }

    fn click(&self, world: &World, message: &MessageRecord, custom_id: &str) -> Act {
        let guild = world
            .channels
            .get(&message.channel)
            .and_then(Channel::guild);
        Act {
            kind: InteractionKind::Component {
                message: message.id,
            },
            user: self.id,
            guild,
            channel: message.channel,
            data: json!({
                "component_type": 2,
                "custom_id": custom_id,
                "id": component_id(message, custom_id),
            }),
            message: None,
        }
    }

    /// Fills in and submits a form, by `custom_id` or label.
    pub async fn submit(&self, modal: &Modal, values: &[(&str, &str)]) -> Interaction {
        let submitted = self.try_submit(modal, values).await;
        submitted.unwrap_or_else(|refused| panic!("{}: {refused}", modal.title))
    }

    /// Submits a form; the error is what the client would say.
    pub async fn try_submit(
        &self,
        modal: &Modal,
        values: &[(&str, &str)],
    ) -> Result<Interaction, String> {
        let online = |state: &State| state.gateway.is_online().then_some(());
        self.shared.find("the bot to be online", online).await?;
        let components = fill_in(modal, values)?;
        self.shared.change(|state| {
            let opener = state.world.interactions.get(&modal.opened_by);
            let opener = opener.filter(|opener| opener.user == self.id);
            let opener = opener.ok_or("the form was opened for somebody else")?;
            let data = json!({"custom_id": modal.custom_id, "components": components});
            let kind = InteractionKind::ModalSubmit {
                message: opener.kind.message(),
            };
            let (guild, channel) = (opener.guild, opener.channel);
            Ok(self.act(
                state,
                &Act {
                    kind,
                    user: self.id,
                    guild,
                    channel,
                    data,
                    message: None,
                },
            ))
        })
    }

    fn act(&self, state: &mut State, act: &Act) -> Interaction {
        let id = interact(state, &self.shared.origin(), act);
        Interaction {
            shared: Arc::clone(&self.shared),
            id,
        }
    }
}

/// A command as offered in a channel: guild commands are never offered in DMs.
fn find_command<'a>(world: &'a World, channel: Id, name: &str) -> Option<&'a Value> {
    let guild = world.channels.get(&channel).and_then(Channel::guild);
    let guild = world.guilds.get(&guild?)?;
    let mut offered = guild.commands.iter();
    offered.find(|command| command["name"] == name && command["type"] == 1)
}

/// The number of a component on its message.
fn component_id(message: &MessageRecord, custom_id: &str) -> Value {
    let rows = message.components.iter();
    let mut inside = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
    inside
        .find(|c| c["custom_id"] == custom_id)
        .map_or(json!(0), |c| c["id"].clone())
}

/// The components of a submitted form.
fn fill_in(modal: &Modal, values: &[(&str, &str)]) -> Result<Vec<Value>, String> {
    for (name, _) in values {
        if !modal
            .inputs
            .iter()
            .any(|input| input.custom_id == *name || input.label == *name)
        {
            return Err(format!("the form has no input {name:?}"));
        }
    }
    let mut filled = Vec::new();
    for (n, input) in modal.inputs.iter().enumerate() {
        let typed = values
            .iter()
            .find(|(name, _)| input.custom_id == *name || input.label == *name);
        let value = typed
            .map(|(_, value)| (*value).to_owned())
            .or_else(|| input.value.clone());
        let value = value.unwrap_or_default();
        let length = value.chars().count();
        if input.required && length == 0 {
            return Err(format!("{:?} is required", input.label));
        }
        if length > input.max_length.unwrap_or(4000)
            || (length > 0 && length < input.min_length.unwrap_or_default())
        {
            return Err(format!(
                "{:?} has {length} characters, which does not fit",
                input.label
            ));
        }
        let inner = json!({
            "type": 4, "id": 2 * n + 2, "custom_id": input.custom_id, "value": value,
        });
        filled.push(if input.labelled {
            json!({"type": 18, "id": 2 * n + 1, "component": inner})
        } else {
            json!({"type": 1, "id": 2 * n + 1, "components": [inner]})
        });
    }
    Ok(filled)
}
