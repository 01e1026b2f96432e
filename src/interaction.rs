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
use serenity::all::{Context, EventHandler, GuildId, Http, Interaction, Ready};
use serenity::async_trait;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use answer::First;

use crate::command::{Command, Reply};
use crate::domain::{Asker, RequestId, Rules};
use crate::operations::Health;
use crate::outbound::{Answer, Answers};
use crate::view;
use crate::workflow::{ClaimError, Workflow};

pub use parse::read;

/// Discord drops an interaction three seconds after the event; what comes later than this would be refused.
/// Source: Discord's reference, "Receiving and Responding", 2026-08.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_500);

/// The door through which people come in.
#[derive(Clone)]
pub struct Door {
    pub workflow: Workflow,
    pub answers: Answers,
    pub rules: Arc<Rules>,
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
        let (response, follow_up) = self.response(&envelope, command).await;
        let answered = send(http, &envelope, response).await;
        self.health.metrics().acknowledged_after(started.elapsed());
        if let (true, Some(follow_up)) = (answered, follow_up) {
            self.follow_up(http, &envelope, follow_up).await;
        }
    }

    /// The answer, and what is to become of it.
    async fn response(&self, envelope: &Envelope, command: Command) -> (First, Option<FollowUp>) {
        match self.workflow.handle(command).await {
            Ok(reply) => {
                let follow_up = FollowUp::of(&reply);
                (
                    answer::to(reply, envelope.on_message, &self.rules),
                    follow_up,
                )
            }
            Err(error) => {
                let id = format!("{:08x}", rand::random::<u32>());
                tracing::error!(error_id = id, %error, "the command failed");
                (answer::private(view::error_with_id(&id)), None)
            }
        }
    }

    /// Discord takes changes to an answer only after the answer itself, so its token is given out here and not before.
    async fn follow_up(&self, http: &Http, envelope: &Envelope, follow_up: FollowUp) {
        match follow_up {
            FollowUp::KeepTrue(request) => {
                let token = SecretString::from(envelope.token.clone());
                self.answers.remember(request, Answer::Receipt, token);
                self.workflow.refresh_answer(request).await;
            }
            FollowUp::ShowKey(request) => {
                self.show_key(http, envelope, request).await;
            }
        }
    }

    async fn show_key(&self, http: &Http, envelope: &Envelope, request: RequestId) {
        let Err(refused) = self.fulfil(envelope, request).await else {
            return;
        };
        tracing::warn!(request = request.0, %refused, "the claim was not fulfilled");
        let face = match &refused {
            ClaimError::Refused(refusal) => view::refusal(refusal),
            ClaimError::Trouble(trouble) => view::not_claimed(&trouble.problem()),
        };
        let face = face.edit_answer();
        let editing = http.edit_original_interaction_response(&envelope.token, &face, Vec::new());
        if let Ok(Err(error)) = tokio::time::timeout(ANSWER_WITHIN, editing).await {
            let error = crate::outbound::Error::classify(&error);
            tracing::warn!(%error, "the claimant was not told");
        }
    }

    /// Only the click that makes the key gives out its token: a second one must not take the first one's answer away.
    async fn fulfil(&self, envelope: &Envelope, request: RequestId) -> Result<(), ClaimError> {
        let claim = self.workflow.begin_claim(request).await?;
        let token = SecretString::from(envelope.token.clone());
        self.answers.remember(request, Answer::Claim, token);
        let outcome = self.workflow.fulfil(&claim).await;
        self.answers.forget(request, Answer::Claim);
        drop(claim);
        outcome
    }
}

/// What becomes of a private answer, for as long as Discord lets it be changed.
#[derive(Clone, Copy)]
enum FollowUp {
    /// It says the same as the request's card.
    KeepTrue(RequestId),
    ShowKey(RequestId),
}

impl FollowUp {
    fn of(reply: &Reply) -> Option<Self> {
        if let Reply::Submitted(request) = reply {
            return Some(Self::KeepTrue(request.id));
        }
        let Reply::Claiming(request) = reply else {
            return None;
        };
        Some(Self::ShowKey(*request))
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
async fn send(http: &Http, envelope: &Envelope, answer: First) -> bool {
    let sending =
        http.create_interaction_response(envelope.id, &envelope.token, &answer, Vec::new());
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
