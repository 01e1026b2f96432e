//! The way in from Discord: event → [`Command`] → workflow → [`Reply`] → the answer to the interaction.
//!
//! Keeps the three seconds that Discord gives for an answer. Decides nothing, and knows nothing of Headscale.

mod answer;
mod parse;
mod register;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serenity::all::{Context, EventHandler, GuildId, Http, Interaction, Ready};
use serenity::async_trait;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use answer::FirstAnswer;

use crate::command::{Command, Reply};
use crate::domain::{Asker, Rules};
use crate::operations::Health;
use crate::outbound::{Error, Outage, SentAnswer};
use crate::view;
use crate::workflow::Workflow;

pub use parse::read;

/// Discord drops an interaction three seconds after the event and refuses any later answer.
/// Source: Discord's reference, "Receiving and Responding", 2026-08.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_500);

/// So long after the event, an answer that was sent and not confirmed has taken effect or never will.
const NO_LONGER_TAKEN: Duration = Duration::from_millis(3_500);

/// Everything that people send comes in here.
#[derive(Clone)]
pub(crate) struct InteractionHandler {
    pub(crate) workflow: Workflow,
    pub(crate) rules: Arc<Rules>,
    pub(crate) guild: GuildId,
    pub(crate) health: Health,
    /// Everything under way: a shutdown waits for it.
    pub(crate) tasks: TaskTracker,
}

/// What every kind of interaction has in common.
struct Envelope {
    id: serenity::all::InteractionId,
    token: String,
    /// It came from a message, which the answer may replace.
    on_message: bool,
}

#[async_trait]
impl EventHandler for InteractionHandler {
    async fn ready(&self, context: Context, _: Ready) {
        // Not among the tasks that a shutdown waits for: it may go on for as long as the bot is not invited.
        register::until_done(&context.http, self.guild, &self.rules, &self.health).await;
    }

    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        let handler = self.clone();
        let work = async move { Box::pin(handler.receive(&context.http, interaction)).await };
        self.tasks.track_future(work).await;
    }
}

impl InteractionHandler {
    async fn receive(&self, http: &Http, interaction: Interaction) {
        let (Some(command), Some((envelope, kind))) = (read(&interaction), open(&interaction))
        else {
            return;
        };
        let span = span(&envelope, command.asker(), kind);
        self.health.metrics().interaction(kind);
        self.serve(http, envelope, command).instrument(span).await;
    }

    async fn serve(&self, http: &Http, envelope: Envelope, command: Command) {
        let started = Instant::now();
        let handled = self.workflow.handle(command).await;
        let response = match &handled {
            Ok((reply, _)) => answer::to(reply, envelope.on_message, &self.rules),
            Err(error) => {
                let id = format!("{:08x}", rand::random::<u32>());
                tracing::error!(error_id = id, %error, "the command failed");
                answer::private(view::error_with_id(&id))
            }
        };
        let answered = send(http, &envelope, response).await;
        self.health.metrics().acknowledged_after(started.elapsed());
        match (answered, handled) {
            (Ok(()), Ok((reply, _card))) => self.follow_up(&reply, envelope.token).await,
            // It may take effect all the same: until it no longer can, nobody else writes the card.
            (Err(error), Ok((_, Some(_card)))) if error.is_passing() => {
                tokio::time::sleep_until((started + NO_LONGER_TAKEN).into()).await;
            }
            _ => {}
        }
    }

    /// Discord takes changes to an answer only after the answer itself, so its token is passed on here and not before.
    async fn follow_up(&self, reply: &Reply, token: String) {
        let answer = SentAnswer::new(token);
        if let Reply::Submitted(request) = reply {
            self.workflow.follow_card(request, answer).await;
        } else if let Reply::Decided(request) = reply {
            self.workflow.card_clicked(request, answer).await;
        } else if let Reply::Claiming(request, asker) = reply {
            self.workflow.claim(*request, asker, &answer).await;
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

/// Discord refuses a late or repeated answer (10062, 40060). That changes nothing: the decision is stored.
async fn send(http: &Http, envelope: &Envelope, answer: FirstAnswer) -> Result<(), Error> {
    let sending =
        http.create_interaction_response(envelope.id, &envelope.token, &answer, Vec::new());
    let sent = match tokio::time::timeout(ANSWER_WITHIN, sending).await {
        Ok(sent) => sent.map_err(|error| Error::classify(&error)),
        Err(_) => Err(Error::Transient(Outage::Timeout)),
    };
    sent.inspect_err(|error| tracing::warn!(%error, "the interaction was not answered"))
}
