//! From serenity's types to ours. Everything but ids, roles and channels is whatever somebody typed.

use jiff::Timestamp;
use serenity::all::{
    ActionRowComponent, CommandInteraction, ComponentInteraction, GuildId, Member, Message,
    ModalInteraction, ResolvedValue, User,
};

use crate::command::{Click, Command, RequestDevice};
use crate::domain::{self, Asker, InteractionId, MemberId, MessageRef, Person, RoleId};
use crate::view::command as names;
use crate::view::custom_id::{CustomId, Verb};

/// None for a command that this bot does not have (any more).
pub(super) fn command(interaction: &CommandInteraction) -> Option<Command> {
    if interaction.data.name != names::NAME {
        return None;
    }
    let member = interaction.member.as_deref();
    Some(Command::RequestDevice(RequestDevice {
        interaction: InteractionId(interaction.id.get().cast_signed()),
        asker: asker(&interaction.user, member, interaction.guild_id),
        member_since: member.and_then(joined_at),
        asked_in: domain::ChannelId(interaction.channel_id.get().cast_signed()),
        device: option(interaction, names::DEVICE),
        platform: option(interaction, names::PLATFORM),
        reason: option(interaction, names::REASON),
        link: option(interaction, names::LINK),
    }))
}

/// None for a button that this bot does not have (any more).
pub(super) fn click(interaction: &ComponentInteraction) -> Option<Command> {
    let id = CustomId::parse(&interaction.data.custom_id)?;
    let click = Click {
        asker: asker(
            &interaction.user,
            interaction.member.as_ref(),
            interaction.guild_id,
        ),
        request: id.request,
        on: Some(place(&interaction.message)),
    };
    match id.verb {
        Verb::Approve => Some(Command::Approve(click)),
        Verb::Deny => Some(Command::AskToDeny(click)),
        Verb::Retry => Some(Command::Retry(click)),
        Verb::Cancel => Some(Command::Cancel(click)),
        Verb::Claim => Some(Command::Claim(click)),
        Verb::Revoke => Some(Command::AskToRevoke(click)),
        Verb::RevokeYes => Some(Command::Revoke(click)),
        Verb::DenyForm => None,
    }
}

pub(super) fn form(interaction: &ModalInteraction) -> Option<Command> {
    let id = CustomId::parse(&interaction.data.custom_id)?;
    let click = Click {
        asker: asker(
            &interaction.user,
            interaction.member.as_ref(),
            interaction.guild_id,
        ),
        request: id.request,
        on: interaction.message.as_deref().map(place),
    };
    (id.verb == Verb::DenyForm).then(|| Command::Deny {
        click,
        reason: typed(interaction),
    })
}

fn option(interaction: &CommandInteraction, name: &str) -> String {
    let options = interaction.data.options();
    let value = options.iter().find(|option| option.name == name);
    match value.map(|option| &option.value) {
        Some(ResolvedValue::String(text)) => (*text).to_owned(),
        _ => String::new(),
    }
}

/// The form has one field.
fn typed(interaction: &ModalInteraction) -> String {
    let fields = interaction
        .data
        .components
        .iter()
        .flat_map(|row| &row.components);
    let mut texts = fields.filter_map(|field| {
        let ActionRowComponent::InputText(input) = field else {
            return None;
        };
        input.value.clone()
    });
    texts.next().unwrap_or_default()
}

fn asker(user: &User, member: Option<&Member>, guild: Option<GuildId>) -> Asker {
    let roles = member
        .map(|member| member.roles.as_slice())
        .unwrap_or_default();
    Asker {
        person: Person {
            id: MemberId(user.id.get().cast_signed()),
            name: user.name.clone(),
        },
        guild: guild.map(|guild| domain::GuildId(guild.get().cast_signed())),
        roles: roles
            .iter()
            .map(|role| RoleId(role.get().cast_signed()))
            .collect(),
    }
}

fn joined_at(member: &Member) -> Option<Timestamp> {
    let joined = member.joined_at?;
    Timestamp::from_second(joined.unix_timestamp()).ok()
}

fn place(message: &Message) -> MessageRef {
    MessageRef {
        channel: domain::ChannelId(message.channel_id.get().cast_signed()),
        message: domain::MessageId(message.id.get().cast_signed()),
    }
}
