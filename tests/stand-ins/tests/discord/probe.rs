//! A bot that does what a test tells it: the unmodified serenity client.

use std::sync::Arc;

use secrecy::ExposeSecret as _;
use serenity::{
    Client,
    all::{
        CommandOptionType, Context, CreateAllowedMentions, CreateCommand, CreateCommandOption,
        EventHandler, GatewayIntents, GuildId, Http, HttpBuilder, Interaction,
    },
    async_trait,
    client::ClientBuilder,
};
use stand_ins::discord::Discord;
use tokio::{sync::mpsc, task::AbortHandle};

pub(crate) struct Probe {
    pub(crate) http: Arc<Http>,
    interactions: mpsc::UnboundedReceiver<Interaction>,
    running: AbortHandle,
}

struct Forward(mpsc::UnboundedSender<Interaction>);

#[async_trait]
impl EventHandler for Forward {
    async fn interaction_create(&self, _: Context, interaction: Interaction) {
        drop(self.0.send(interaction));
    }
}

impl Probe {
    /// Connects and registers the command, as the product would.
    pub(crate) async fn start(discord: &Discord) -> Self {
        let http = http(discord);
        let (sender, interactions) = mpsc::unbounded_channel();
        let mut client = client(http, discord, sender).await;
        let http = Arc::clone(&client.http);
        let running = tokio::spawn(async move { drop(client.start().await) }).abort_handle();
        discord.gateway().ready_times(1).await;
        let guild = GuildId::new(discord.guild_id());
        guild
            .set_commands(&http, vec![command()])
            .await
            .expect("the command is accepted");
        Self {
            http,
            interactions,
            running,
        }
    }

    pub(crate) async fn next(&mut self) -> Interaction {
        let next =
            tokio::time::timeout(std::time::Duration::from_secs(10), self.interactions.recv());
        next.await
            .expect("an interaction arrives")
            .expect("the bot runs")
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Serenity's client for REST, pointed at the stand-in.
pub(crate) fn http(discord: &Discord) -> Http {
    HttpBuilder::new(discord.token().expose_secret())
        .application_id(discord.application_id().into())
        .proxy(discord.api_url())
        .ratelimiter_disabled(true)
        .default_allowed_mentions(CreateAllowedMentions::new())
        .build()
}

async fn client(
    http: Http,
    discord: &Discord,
    sender: mpsc::UnboundedSender<Interaction>,
) -> Client {
    let builder = ClientBuilder::new_with_http(http, GatewayIntents::empty());
    let client = builder
        .event_handler(Forward(sender))
        .await
        .expect("the client is built");
    assert_eq!(*client.ws_url.lock().await, discord.gateway_url());
    client
}

pub(crate) fn command() -> CreateCommand {
    let text =
        |name: &str, about: &str| CreateCommandOption::new(CommandOptionType::String, name, about);
    CreateCommand::new("request-device")
        .description("Ask for a device to join the network")
        .description_localized("de", "Ein Gerät anmelden")
        .add_option(text("device", "Its name").required(true).max_length(63))
        .add_option(
            text("platform", "What it runs")
                .required(true)
                .add_string_choice("Linux", "linux")
                .add_string_choice("Android", "android"),
        )
        .add_option(text("reason", "Why").max_length(400))
}
