//! Whole stories through the unmodified serenity client. Each returns the Discord that it was played with.

use serenity::all::{
    ButtonStyle, ChannelId, CreateActionRow, CreateAllowedMentions, CreateAttachment, CreateButton,
    CreateEmbed, CreateInputText, CreateInteractionResponse, CreateInteractionResponseMessage,
    CreateMessage, CreateModal, EditInteractionResponse, EditMessage, InputTextStyle, Interaction,
    UserId,
};
use stand_ins::discord::{Discord, model::AckKind};

use crate::probe::Probe;

fn whisper(text: &str) -> CreateInteractionResponse {
    let message = CreateInteractionResponseMessage::new()
        .content(text)
        .ephemeral(true);
    CreateInteractionResponse::Message(message.allowed_mentions(CreateAllowedMentions::new()))
}

fn card(buttons: bool) -> (CreateEmbed, Vec<CreateActionRow>) {
    let embed = CreateEmbed::new()
        .title("Device request #1 · laptop")
        .field("Who", "alice", true);
    let row = CreateActionRow::Buttons(vec![
        CreateButton::new("v1:approve:1")
            .label("Approve")
            .style(ButtonStyle::Success),
        CreateButton::new("v1:deny:1")
            .label("Deny…")
            .style(ButtonStyle::Danger),
    ]);
    (embed, if buttons { vec![row] } else { Vec::new() })
}

pub(crate) async fn a_command_is_answered_privately_and_the_answer_can_be_edited() -> Discord {
    let discord = Discord::start().await;
    let mut probe = Probe::start(&discord).await;
    let alice = discord.member("alice");
    let asked = alice
        .request_device("laptop", "linux", Some("for work"))
        .await;
    let Interaction::Command(command) = probe.next().await else {
        panic!("not a command")
    };
    assert_eq!(command.data.options.len(), 3);
    assert!(command.member.is_some());
    command
        .create_response(&probe.http, whisper("Request #1 sent"))
        .await
        .unwrap();
    let answer = asked.answer().await;
    assert_eq!((answer.kind, answer.ephemeral), (AckKind::Message, true));
    let edit = EditInteractionResponse::new()
        .content("Request #1 approved")
        .allowed_mentions(CreateAllowedMentions::new());
    command.edit_response(&probe.http, edit).await.unwrap();
    assert_eq!(
        alice.sees_answer("approved").await.content(),
        "Request #1 approved"
    );
    assert!(discord.member("bob").answers().is_empty());
    discord
}

pub(crate) async fn a_card_is_posted_once_however_often_its_nonce_is_sent() -> Discord {
    let discord = Discord::start().await;
    let probe = Probe::start(&discord).await;
    let (embed, rows) = card(true);
    let post = || {
        let role = format!("<@&{}>", discord.approver_role_id());
        CreateMessage::new()
            .content(role)
            .allowed_mentions(CreateAllowedMentions::new().roles([discord.approver_role_id()]))
            .embed(embed.clone())
            .components(rows.clone())
            .nonce(serenity::all::Nonce::String("card-1".into()))
            .enforce_nonce(true)
    };
    let channel = ChannelId::new(discord.admin_channel_id());
    let first = channel.send_message(&probe.http, post()).await.unwrap();
    let second = channel.send_message(&probe.http, post()).await.unwrap();
    assert_eq!(first.id, second.id);
    assert_eq!(discord.cards().len(), 1);
    let card = discord.card().await;
    assert!(card.pings().roles.contains(&discord.approver_role_id()));
    assert_eq!(card.labels(), ["Approve", "Deny…"]);
    assert_eq!(
        card.text(),
        "@approvers\n│ # Device request #1 · laptop\n│ Who: alice\n[Approve] [Deny…]"
    );
    let edit = EditMessage::new().components(Vec::new());
    channel
        .edit_message(&probe.http, first.id, edit)
        .await
        .unwrap();
    assert!(discord.card().await.labels().is_empty());
    discord
}

pub(crate) async fn a_button_opens_a_form_and_the_form_comes_back() -> Discord {
    let discord = Discord::start().await;
    let mut probe = Probe::start(&discord).await;
    let (embed, rows) = card(true);
    let channel = ChannelId::new(discord.admin_channel_id());
    let post = CreateMessage::new().embed(embed).components(rows);
    channel.send_message(&probe.http, post).await.unwrap();
    let carol = discord.approver("carol");
    let pressed = carol.press(&discord.card().await, "Deny…").await;
    let Interaction::Component(click) = probe.next().await else {
        panic!("not a click")
    };
    assert_eq!(click.data.custom_id, "v1:deny:1");
    assert_eq!(click.message.embeds.len(), 1);
    let input = CreateInputText::new(InputTextStyle::Paragraph, "Reason", "reason").max_length(400);
    let modal = CreateModal::new("v1:deny:1", "Deny request #1")
        .components(vec![CreateActionRow::InputText(input)]);
    click
        .create_response(&probe.http, CreateInteractionResponse::Modal(modal))
        .await
        .unwrap();
    let answer = pressed.answer().await;
    let sent = carol
        .submit(answer.modal(), &[("reason", "not today")])
        .await;
    let Interaction::Modal(form) = probe.next().await else {
        panic!("not a form")
    };
    assert_eq!(form.message.as_ref().map(|m| m.id), Some(click.message.id));
    form.create_response(&probe.http, CreateInteractionResponse::Acknowledge)
        .await
        .unwrap();
    assert_eq!(sent.answer().await.kind, AckKind::DeferredUpdate);
    discord
}

pub(crate) async fn a_letter_with_a_file_arrives_or_is_refused_as_the_person_wishes() -> Discord {
    let discord = Discord::start().await;
    let probe = Probe::start(&discord).await;
    let alice = discord.member("alice");
    let dm = UserId::new(alice.id())
        .create_dm_channel(&probe.http)
        .await
        .unwrap();
    let letter = || {
        CreateMessage::new()
            .embed(
                CreateEmbed::new()
                    .title("Your key")
                    .image("attachment://key.png"),
            )
            .add_file(CreateAttachment::bytes(
                b"\x89PNG not really".as_slice(),
                "key.png",
            ))
    };
    dm.id.send_message(&probe.http, letter()).await.unwrap();
    let seen = alice.letter().await;
    assert_eq!(seen.attachments()[0].filename, "key.png");
    for code in [50007, 50278] {
        alice.close_dms(code);
        let refused = dm.id.send_message(&probe.http, letter()).await.unwrap_err();
        let serenity::Error::Http(serenity::http::HttpError::UnsuccessfulRequest(response)) =
            refused
        else {
            panic!("{refused}")
        };
        assert_eq!(response.error.code, isize::try_from(code).unwrap());
        assert_eq!(response.status_code.as_u16(), 403);
    }
    assert_eq!(alice.letters().len(), 1);
    discord
}
