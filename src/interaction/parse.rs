//! From serenity's types to ours. Apart from ids, roles and channels, everything is as somebody typed it.

use jiff::Timestamp;
use serenity::all::{
    ActionRowComponent, CommandInteraction, ComponentInteraction, GuildId, Interaction, Member,
    Message, MessageFlags, ModalInteraction, ResolvedValue, User,
};

use crate::command::{Click, Command, DepartureClick, ListRequests, RequestDevice};
use crate::domain::{
    self, Asker, Cursor, Filter, InteractionId, MemberId, MessageRef, Person, RoleId, Status,
};
use crate::view::command as names;
use crate::view::{CustomId, DepartureButton, ListButton, Verb};

/// The command in an event, whatever the event holds. None for kinds of events that carry no command.
pub fn read(interaction: &Interaction) -> Option<Command> {
    match interaction {
        Interaction::Command(interaction) => Some(command(interaction)),
        Interaction::Component(interaction) => Some(click(interaction)),
        Interaction::Modal(interaction) => Some(form(interaction)),
        Interaction::Ping(_) | Interaction::Autocomplete(_) | _ => None,
    }
}

fn command(interaction: &CommandInteraction) -> Command {
    let member = interaction.member.as_deref();
    let asker = asker(&interaction.user, member, interaction.guild_id);
    match interaction.data.name.as_str() {
        names::NAME => Command::RequestDevice(request_device(interaction, asker)),
        names::LIST => Command::List(list(interaction, asker)),
        _ => Command::Unknown(asker),
    }
}

fn request_device(interaction: &CommandInteraction, asker: Asker) -> RequestDevice {
    let member = interaction.member.as_deref();
    RequestDevice {
        interaction: InteractionId(interaction.id.get().cast_signed()),
        asker,
        member_since: member.and_then(joined_at),
        asked_in: domain::ChannelId(interaction.channel_id.get().cast_signed()),
        device: option(interaction, names::DEVICE),
        platform: option(interaction, names::PLATFORM),
        reason: option(interaction, names::REASON),
        link: option(interaction, names::LINK),
    }
}

/// Without a status that exists, what waits is listed.
fn list(interaction: &CommandInteraction, asker: Asker) -> ListRequests {
    let status = option(interaction, names::STATUS);
    let options = interaction.data.options.iter();
    let mut members = options.filter(|option| option.name == names::MEMBER);
    let member = members.find_map(|option| option.value.as_user_id());
    ListRequests {
        asker,
        filter: Filter {
            status: status.parse().unwrap_or(Status::Pending),
            member: member.map(|member| MemberId(member.get().cast_signed())),
        },
        from: Cursor::START,
        on_list: false,
    }
}

fn click(interaction: &ComponentInteraction) -> Command {
    let member = interaction.member.as_ref();
    let asker = asker(&interaction.user, member, interaction.guild_id);
    let on = Some(place(&interaction.message));
    if let Some(button) = DepartureButton::parse(&interaction.data.custom_id) {
        return Command::DecideDeparture(DepartureClick {
            asker,
            departure: button.departure,
            choice: button.choice,
            on,
        });
    }
    if let Some(button) = ListButton::parse(&interaction.data.custom_id) {
        return Command::List(ListRequests {
            asker,
            filter: button.filter,
            from: button.from,
            on_list: is_private(&interaction.message),
        });
    }
    let Some(id) = CustomId::parse(&interaction.data.custom_id) else {
        return Command::Unknown(asker);
    };
    let click = Click {
        asker,
        request: id.request,
        on,
        privately: is_private(&interaction.message),
    };
    match id.verb {
        Verb::Approve => Command::Approve(click),
        Verb::Deny => Command::AskToDeny(click),
        Verb::Retry => Command::Retry(click),
        Verb::Cancel => Command::Cancel(click),
        Verb::Claim => Command::Claim(click),
        Verb::Revoke => Command::AskToRevoke(click),
        Verb::RevokeYes => Command::Revoke(click),
        Verb::PostAgain => Command::PostAgain(click),
        Verb::DenyForm => Command::Unknown(click.asker),
    }
}

fn form(interaction: &ModalInteraction) -> Command {
    let member = interaction.member.as_ref();
    let asker = asker(&interaction.user, member, interaction.guild_id);
    match CustomId::parse(&interaction.data.custom_id) {
        Some(id) if id.verb == Verb::DenyForm => Command::Deny {
            click: Click {
                asker,
                request: id.request,
                on: interaction.message.as_deref().map(place),
                privately: interaction.message.as_deref().is_some_and(is_private),
            },
            reason: typed(interaction),
        },
        Some(_) | None => Command::Unknown(asker),
    }
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

fn is_private(message: &Message) -> bool {
    let flags = message.flags.unwrap_or_default();
    flags.contains(MessageFlags::EPHEMERAL)
}
