//! The limits of Discord's own client, and the events that reach the bot.

use serde_json::json;
use serenity::all::{
    CommandOptionType, CreateActionRow, CreateButton, CreateCommand, CreateCommandOption,
    CreateInteractionResponse, CreateInteractionResponseMessage, CreateMessage, GuildId,
    Interaction, Permissions, ResolvedValue, UserId,
};
use stand_ins::discord::{Discord, Forged, model::AckKind, permission};

use crate::probe::Probe;

#[tokio::test]
async fn a_command_is_sent_only_when_it_is_filled_in_as_registered() {
    let discord = Discord::start().await;
    let _probe = Probe::start(&discord).await;
    let alice = discord.member("alice");
    let refused = async |options| alice.try_slash("request-device", options).await.err();
    let rows = [
        (json!({"device": "laptop"}), "option `platform` is required"),
        (
            json!({"device": "laptop", "platform": "vax"}),
            "option `platform` offers no choice \"vax\"",
        ),
        (
            json!({"device": 7, "platform": "linux"}),
            "option `device` takes another type than 7",
        ),
        (
            json!({"device": "x".repeat(64), "platform": "linux"}),
            "option `device` has 64 characters, which does not fit",
        ),
        (
            json!({"device": "laptop", "platform": "linux", "tags": "x"}),
            "the command has no option `tags`",
        ),
    ];
    for (options, complaint) in rows {
        assert_eq!(refused(options).await.as_deref(), Some(complaint));
    }
    let general = discord.general_channel_id();
    discord.change_world(|world| {
        let home = world.home;
        let everyone = world
            .guilds
            .get_mut(&home)
            .and_then(|guild| guild.roles.get_mut(&home));
        everyone.expect("@everyone").permissions &= !permission::USE_APPLICATION_COMMANDS;
    });
    let fine = json!({"device": "laptop", "platform": "linux"});
    assert_eq!(
        refused(fine).await.as_deref(),
        Some("lacks the permission here")
    );
    assert!(discord.messages_in(general).is_empty());
}

#[tokio::test]
async fn a_person_in_a_command_is_described_and_a_hidden_command_is_for_those_who_were_allowed_it()
{
    let discord = Discord::start().await;
    let mut probe = Probe::start(&discord).await;
    let (carol, dora) = (discord.approver("carol"), discord.member("dora"));
    let whom = CreateCommandOption::new(CommandOptionType::User, "whom", "Somebody");
    let hidden = CreateCommand::new("look")
        .description("Looks somebody up")
        .default_member_permissions(Permissions::empty())
        .add_option(whom);
    let guild = GuildId::new(discord.guild_id());
    guild.set_commands(&probe.http, vec![hidden]).await.unwrap();
    let refused = async |whom: String| carol.try_slash("look", json!({"whom": whom})).await.err();
    let id = dora.id().to_string();
    let lacks = Some("lacks the permission here");
    assert_eq!(refused(id.clone()).await.as_deref(), lacks);
    discord.allow_command("look", discord.approver_role_id());
    assert_eq!(
        refused("7".into()).await.as_deref(),
        Some("nobody has the id 7")
    );
    let other = Some("option `whom` takes another type than \"dora\"");
    assert_eq!(refused("dora".into()).await.as_deref(), other);
    for is_there in [true, false] {
        carol.slash("look", json!({"whom": id})).await;
        let Interaction::Command(command) = probe.next().await else {
            panic!("not a command")
        };
        let options = command.data.options();
        let ResolvedValue::User(user, member) = &options[0].value else {
            panic!("{options:?} describe nobody")
        };
        assert_eq!((user.name.as_str(), member.is_some()), ("dora", is_there));
        let answer = CreateInteractionResponseMessage::new().content("Found");
        let answer = CreateInteractionResponse::Message(answer);
        command.create_response(&probe.http, answer).await.unwrap();
        dora.leave();
    }
    assert_eq!(discord.complaints(), []);
}

#[tokio::test]
async fn a_button_in_a_letter_is_pressed_by_a_user_who_is_no_member_there() {
    let discord = Discord::start().await;
    let mut probe = Probe::start(&discord).await;
    let alice = discord.member("alice");
    let button = CreateButton::new("v1:claim:1").label("Get my key");
    let letter = CreateMessage::new()
        .content("Approved")
        .components(vec![CreateActionRow::Buttons(vec![button])]);
    let dm = UserId::new(alice.id())
        .create_dm_channel(&probe.http)
        .await
        .unwrap();
    dm.id.send_message(&probe.http, letter).await.unwrap();
    let pressed = alice.press(&alice.letter().await, "Get my key").await;
    let Interaction::Component(click) = probe.next().await else {
        panic!("not a click")
    };
    assert_eq!((click.guild_id, click.user.id.get()), (None, alice.id()));
    assert!(click.member.is_none());
    let answer = CreateInteractionResponse::Acknowledge;
    click.create_response(&probe.http, answer).await.unwrap();
    assert_eq!(pressed.answer().await.kind, AckKind::DeferredUpdate);
    assert_eq!(discord.complaints(), []);
}

#[tokio::test]
async fn forgeries_arrive_as_the_forger_says() {
    let discord = Discord::start().await;
    let mut probe = Probe::start(&discord).await;
    let mallory = discord.member("mallory");
    let hello = mallory.writes("hello");
    discord.forge(
        Forged::click(&mallory, &hello, "v1:approve:1")
            .in_guild(7)
            .in_channel(8),
    );
    let Interaction::Component(click) = probe.next().await else {
        panic!("not a click")
    };
    assert_eq!(
        (click.guild_id.map(u64::from), click.channel_id.get()),
        (Some(7), 8)
    );
    assert_eq!(click.message.id.get(), hello.id());
    discord.forge(Forged::command(&mallory, "request-device", &json!([])).in_dms());
    let Interaction::Command(command) = probe.next().await else {
        panic!("not a command")
    };
    assert_eq!((command.guild_id, command.data.options.len()), (None, 0));
    discord.forge(Forged::form(
        &mallory,
        None,
        "v1:deny:1",
        &[("reason", "none")],
    ));
    let Interaction::Modal(form) = probe.next().await else {
        panic!("not a form")
    };
    assert!(form.message.is_none());
    assert_eq!(form.data.custom_id, "v1:deny:1");
}
