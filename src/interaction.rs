//! serenity IN: event → [`Command`] → workflow → [`Reply`] → the answer to the interaction.
//!
//! Owns the three seconds that Discord gives for an answer, and the tokens of private answers while they live. Knows
//! nothing of Headscale; decides nothing.

mod answer;
mod parse;
mod register;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serenity::all::{
    Context, CreateInteractionResponse, EventHandler, GuildId, Http, Interaction, Ready,
};
use serenity::async_trait;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::command::{Command, Reply};
use crate::domain::{Asker, RequestId};
use crate::operations::Health;
use crate::outbound::{Answer, Answers};
use crate::view::{self, Terms};
use crate::workflow::Workflow;

pub use parse::read;

/// Discord drops an interaction three seconds after the event; what comes later than this would be refused.
/// Source: Discord's reference, "Receiving and Responding", 2026-08.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_500);

/// The door through which people come in.
#[derive(Clone)]
pub struct Door {
    pub workflow: Workflow,
    pub answers: Answers,
    pub terms: Arc<Terms>,
    pub guild: GuildId,
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
    async fn ready(&self, context: Context, _: Ready) {
        let guild = self.guild;
        let registering = async move { register::until_done(&context.http, guild).await };
        self.tasks.track_future(registering).await;
    }

    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        let door = self.clone();
        let work = async move { Box::pin(door.come_in(&context.http, interaction)).await };
        self.tasks.track_future(work).await;
    }
}

impl Door {
    async fn come_in(&self, http: &Http, interaction: Interaction) {
        let (Some(command), Some((envelope, kind))) = (read(&interaction), open(&interaction))
        else {
            return;
        };
        let span = span(&envelope, command.asker(), kind);
        self.health.metrics().interaction(kind);
        self.serve(http, envelope, command).instrument(span).await;
    }

    async fn serve(&self, http: &Http, envelope: Envelope, command: Command) {
        let started = std::time::Instant::now();
        let (response, claimed) = self.response(&envelope, command).await;
        let answered = send(http, &envelope, response).await;
        self.health.answered(started.elapsed());
        if let (true, Some(request)) = (answered, claimed) {
            self.fulfil(http, &envelope, request).await;
        }
    }

    /// The answer, and the request whose key is to be shown in it afterwards.
    async fn response(
        &self,
        envelope: &Envelope,
        command: Command,
    ) -> (CreateInteractionResponse, Option<RequestId>) {
        match self.workflow.handle(command).await {
            Ok(reply) => {
                let claimed = self.remember(envelope, &reply);
                (answer::to(reply, envelope.on_message, &self.terms), claimed)
            }
            Err(error) => {
                let id = format!("{:08x}", rand::random::<u32>());
                tracing::error!(error_id = id, %error, "the command failed");
                (answer::private(view::error_with_id(&id)), None)
            }
        }
    }

    /// Private answers are kept true, or filled with a key, for as long as Discord lets us.
    fn remember(&self, envelope: &Envelope, reply: &Reply) -> Option<RequestId> {
        let token = SecretString::from(envelope.token.clone());
        if let Reply::Submitted(request) = reply {
            self.answers.remember(request.id, Answer::Receipt, token);
            return None;
        }
        let Reply::Claiming(request) = reply else {
            return None;
        };
        self.answers.remember(*request, Answer::Claim, token);
        Some(*request)
    }

    async fn fulfil(&self, http: &Http, envelope: &Envelope, request: RequestId) {
        let outcome = self.workflow.fulfil(request).await;
        self.answers.forget(request, Answer::Claim);
        let Err(refused) = outcome else { return };
        tracing::warn!(request = request.0, %refused, "the claim was not fulfilled");
        let face = view::plain(&refused.to_string()).edit_answer();
        let editing = http.edit_original_interaction_response(&envelope.token, &face, Vec::new());
        if let Ok(Err(error)) = tokio::time::timeout(ANSWER_WITHIN, editing).await {
            let error = crate::outbound::Error::classify(&error);
            tracing::warn!(%error, "the claimant was not told");
        }
    }
}

/// How to answer, and the event's kind in logs and metrics.
fn open(interaction: &Interaction) -> Option<(Envelope, &'static str)> {
    let (id, token, on_message, kind) = match interaction {
        Interaction::Command(it) => (it.id, &it.token, false, "command"),
        Interaction::Component(it) => (it.id, &it.token, true, "click"),
        Interaction::Modal(it) => (it.id, &it.token, it.message.is_some(), "form"),
        Interaction::Ping(_) | Interaction::Autocomplete(_) | _ => return None,
    };
    let envelope = Envelope {
        id,
        token: token.clone(),
        on_message,
    };
    Some((envelope, kind))
}

fn span(envelope: &Envelope, asker: &Asker, kind: &'static str) -> tracing::Span {
    let (id, user) = (envelope.id.get(), asker.person.id.0);
    tracing::info_span!("interaction", id, user, kind)
}

/// A late or repeated answer is refused by Discord (10062, 40060) and changes nothing: what was decided is stored.
async fn send(http: &Http, envelope: &Envelope, response: CreateInteractionResponse) -> bool {
    let sending =
        http.create_interaction_response(envelope.id, &envelope.token, &response, Vec::new());
    match tokio::time::timeout(ANSWER_WITHIN, sending).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => {
            let error = crate::outbound::Error::classify(&error);
            tracing::warn!(%error, "the interaction was not answered");
        }
        Err(_) => tracing::warn!("Discord took too long to take the answer"),
    }
    false
}
