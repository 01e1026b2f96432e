//! Private answers.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serenity::all::{
    Context, CreateInteractionResponse, CreateInteractionResponseMessage, EventHandler, GuildId,
    Interaction, Ready,
};
use serenity::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::office::{ANSWER, KEY, Office, shown};
use crate::domain::{DeviceRequest, State};
use crate::gateway::run;
use crate::outbound::{Error, SentAnswer};
use crate::support::rules::rules;
use crate::view::command;

/// Registers the commands, defers every interaction privately and passes its token on.
struct Clerk(mpsc::UnboundedSender<String>, GuildId);

#[async_trait]
impl EventHandler for Clerk {
    async fn ready(&self, context: Context, _: Ready) {
        let commands = command::all(&rules());
        self.1.set_commands(&context.http, commands).await.unwrap();
    }

    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        let Interaction::Command(command) = interaction else {
            return;
        };
        let private = CreateInteractionResponseMessage::new().ephemeral(true);
        let response = CreateInteractionResponse::Defer(private);
        command
            .create_response(&context.http, response)
            .await
            .unwrap();
        self.0.send(command.token).unwrap();
    }
}

#[tokio::test]
async fn a_private_answer_can_be_written_to_while_its_token_lives() {
    let office = Office::open().await;
    let (sender, mut tokens) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    let clerk = Arc::new(Clerk(sender, GuildId::new(office.discord.guild_id())));
    let (connection, stopped) = (office.connection.clone(), stop.clone());
    let bot = tokio::spawn(async move { run(&connection, clerk, stopped).await });
    office.discord.bot_is_ready().await;
    let interaction = office.alice.request_device("laptop", "linux", None).await;
    let token = tokens.recv().await.unwrap();

    let request = office.issuing(None);
    let secret = SecretString::from(KEY);
    let key = shown(&request, &secret);
    let messenger = &office.messenger;
    assert_eq!(messenger.edit_answer(&request).await, Err(Error::Expired));
    assert_eq!(office.discord.count(ANSWER), 0);

    let answer = SentAnswer::new(token);
    let show = || messenger.show_key_privately(&answer, &request, &key);
    show().await.unwrap();
    let message = interaction.original().unwrap();
    assert_eq!(message.scan().as_deref(), Some(KEY));
    assert!(message.is_ephemeral());

    let cancelled = DeviceRequest {
        state: State::Cancelled,
        ..request.clone()
    };
    messenger.remember(&cancelled, answer.clone());
    let written = office.discord.count(ANSWER);
    messenger.edit_answer(&cancelled).await.unwrap();
    assert_eq!(office.discord.count(ANSWER), written, "nothing new");
    messenger.edit_answer(&request).await.unwrap();
    let message = interaction.original().unwrap();
    assert!(message.attachments().is_empty() && !message.says(KEY));

    office.discord.pass_time(Duration::from_mins(16));
    assert_eq!(show().await, Err(Error::Expired));
    let late = messenger.edit_answer(&cancelled).await;
    assert_eq!(late, Err(Error::Expired));
    let written = office.discord.count(ANSWER);
    let late = messenger.edit_answer(&cancelled).await;
    assert_eq!(late, Err(Error::Expired));
    assert_eq!(office.discord.count(ANSWER), written, "it is forgotten");
    assert!(!office.connection.rest().refused().is_cancelled());
    stop.cancel();
    bot.await.unwrap().unwrap();
    assert!(!office.discord.gateway().is_online());
}
