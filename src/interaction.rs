//! serenity IN: event → [`Command`] → workflow → [`Reply`] → the answer to the interaction.
//!
//! Owns the three seconds that Discord gives for an answer, and the tokens of private answers while they live. Knows
//! nothing of Headscale; decides nothing.

mod answer;
mod parse;
pub mod register;

use std::sync::Arc;
use std::time::Duration;

use serenity::all::{
    CommandInteraction, ComponentInteraction, Context, CreateInteractionResponse, EventHandler,
    Http, Interaction, ModalInteraction,
};
use secrecy::SecretString;
use serenity::async_trait;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::command::{Command, Reply};
use crate::operations::Health;
use crate::outbound::{Answer, Answers};
use crate::view::{self, Terms};
use crate::workflow::Workflow;

/// Discord drops an interaction three seconds after the event; what comes later than this would be refused.
/// Source: Discord's reference, "Receiving and Responding", 2026-08.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_500);

/// The door through which people come in.
#[derive(Clone)]
pub struct Door {
    pub workflow: Workflow,
    pub answers: Answers,
    pub terms: Arc<Terms>,
    pub health: Health,
    /// Everything under way, so that a shutdown can wait for it.
    pub tasks: TaskTracker,
}

/// What every kind of interaction has.
struct Envelope {
    id: serenity::all::InteractionId,
    token: String,
    /// Whether the answer may replace the message that was clicked.
    on_message: bool,
}

#[async_trait]
impl EventHandler for Door {
    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        let door = self.clone();
        let work = async move { door.come_in(&context.http, interaction).await };
        self.tasks.track_future(work).await;
    }
}

impl Door {
    async fn come_in(&self, http: &Http, interaction: Interaction) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "no other kind is ever sent to this bot")]
        match interaction {
            Interaction::Command(command) => self.command(http, command).await,
            Interaction::Component(click) => self.click(http, click).await,
            Interaction::Modal(form) => self.form(http, form).await,
            _ => {}
        }
    }

    async fn command(&self, http: &Http, interaction: CommandInteraction) {
        let envelope = Envelope {
            id: interaction.id,
            token: interaction.token.clone(),
            on_message: false,
        };
        let span = span(&envelope, interaction.user.id.get(), "command");
        self.serve(http, envelope, parse::command(interaction)).instrument(span).await;
    }

    async fn click(&self, http: &Http, interaction: ComponentInteraction) {
        let envelope = Envelope {
            id: interaction.id,
            token: interaction.token.clone(),
            on_message: true,
        };
        let span = span(&envelope, interaction.user.id.get(), "click");
        self.serve(http, envelope, parse::click(&interaction)).instrument(span).await;
    }

    async fn form(&self, http: &Http, interaction: ModalInteraction) {
        let envelope = Envelope {
            id: interaction.id,
            token: interaction.token.clone(),
            on_message: interaction.message.is_some(),
        };
        let span = span(&envelope, interaction.user.id.get(), "form");
        self.serve(http, envelope, parse::form(&interaction)).instrument(span).await;
    }

    async fn serve(&self, http: &Http, envelope: Envelope, command: Option<Command>) {
        let started = std::time::Instant::now();
        let response = match command {
            Some(command) => self.response(&envelope, command).await,
            None => answer::outdated(),
        };
        send(http, &envelope, response).await;
        self.health.answered(started.elapsed());
    }

    async fn response(&self, envelope: &Envelope, command: Command) -> CreateInteractionResponse {
        match self.workflow.handle(command).await {
            Ok(reply) => {
                self.remember(envelope, &reply);
                answer::to(reply, envelope.on_message, &self.terms)
            }
            Err(error) => {
                let id = format!("{:08x}", rand::random::<u32>());
                tracing::error!(error_id = id, %error, "the command failed");
                answer::private(view::error_with_id(&id))
            }
        }
    }

    /// The private answer to the command is kept true for as long as Discord lets us.
    fn remember(&self, envelope: &Envelope, reply: &Reply) {
        if let Reply::Submitted(request) = reply {
            let token = SecretString::from(envelope.token.clone());
            self.answers.remember(request.id, Answer::Receipt, token);
        }
    }
}

fn span(envelope: &Envelope, user: u64, kind: &'static str) -> tracing::Span {
    tracing::info_span!("interaction", id = envelope.id.get(), user, kind)
}

/// A late or repeated answer is refused by Discord (10062, 40060) and changes nothing: what was decided is stored.
async fn send(http: &Http, envelope: &Envelope, response: CreateInteractionResponse) {
    let sending = http.create_interaction_response(envelope.id, &envelope.token, &response, Vec::new());
    match tokio::time::timeout(ANSWER_WITHIN, sending).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let error = crate::outbound::Error::classify(&error);
            tracing::warn!(%error, "the interaction was not answered");
        }
        Err(_) => tracing::warn!("Discord took too long to take the answer"),
    }
}
