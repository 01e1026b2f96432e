//! Messages in channels: cards and letters.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    body::Incoming,
    error::ApiError,
    exchange::{Exchange, Reply},
    posting::{self, Address},
    users,
};
use crate::discord::{
    model::{Channel, Id, permissions as may},
    rules::{MessageForm, Place, parse_message},
};

type Answer = Result<Reply, ApiError>;

/// Discord remembers a nonce for "the past few minutes".
const NONCE_LIFE: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn channel(exchange: &mut Exchange<'_>) -> Answer {
    let channel = exchange.channel(0)?;
    Ok(Reply::ok(channel.to_json(&exchange.state.world)))
}

/// The newest first, whichever part is asked for. Nothing, and no error, to who may not read the history.
/// Source: Discord's reference, "Get Channel Messages".
pub(super) fn list(exchange: &mut Exchange<'_>) -> Answer {
    let channel = exchange.channel(0)?;
    let window = Window::of(exchange.incoming)?;
    let world = &exchange.state.world;
    let may_read = world.permissions_in(channel, world.bot) & may::READ_MESSAGE_HISTORY != 0;
    let there = channel
        .messages
        .iter()
        .filter_map(|id| world.messages.get(id));
    let ids: Vec<Id> = there
        .map(|message| message.id)
        .filter(|_| may_read)
        .collect();
    let shown = window.of_sorted(&ids).iter().rev();
    let shown = shown.filter_map(|id| world.messages.get(id));
    let shown = shown.map(|message| message.to_json(world, exchange.origin));
    Ok(Reply::ok(shown.collect()))
}

/// The part of a channel that a list shows.
struct Window {
    side: Option<(&'static str, Id)>,
    limit: usize,
}

impl Window {
    fn of(incoming: &Incoming) -> Result<Self, ApiError> {
        let mut sides = Vec::new();
        for name in ["around", "before", "after"] {
            if let Some(text) = incoming.query(name) {
                let message = format!("Value \"{text}\" is not snowflake.");
                let wrong = |_| ApiError::form(name, "NUMBER_TYPE_COERCE", &message);
                sides.push((name, text.parse().map_err(wrong)?));
            }
        }
        if sides.len() > 1 {
            let message = "Only one of `around`, `before` and `after` may be passed.";
            return Err(ApiError::form("", "MUTUALLY_EXCLUSIVE", message));
        }
        let limit = incoming.query("limit").unwrap_or_else(|| "50".into());
        let limit = limit.parse().ok().filter(|limit| (1..=100).contains(limit));
        let wrong = || {
            let message = "int value should be between 1 and 100.";
            ApiError::form("limit", "NUMBER_TYPE_RANGE", message)
        };
        Ok(Self {
            side: sides.pop(),
            limit: limit.ok_or_else(wrong)?,
        })
    }

    /// Ids come in the order of time.
    fn of_sorted<'a>(&self, ids: &'a [Id]) -> &'a [Id] {
        let upto = |id: Id| ids.partition_point(|other| *other <= id);
        let from = match self.side {
            Some(("after", id)) => upto(id),
            Some(("around", id)) => upto(id).saturating_sub(self.limit / 2 + 1),
            Some((_, id)) => upto(id.saturating_sub(1)).saturating_sub(self.limit),
            None => ids.len().saturating_sub(self.limit),
        };
        let to = match self.side {
            Some(("before", id)) => upto(id.saturating_sub(1)),
            _ => ids.len().min(from + self.limit),
        };
        &ids[from..to]
    }
}

pub(super) fn create(exchange: &mut Exchange<'_>) -> Answer {
    let channel = exchange.channel(0)?.id;
    let body = exchange.json()?;
    let form = parse_message(body, &exchange.incoming.body.files, Place::Create)?;
    if form.is_empty(exchange.incoming.body.files.len()) {
        return Err(ApiError::empty_message());
    }
    check_may_post(exchange, channel, &form)?;
    exchange.complain_of_unknown(&form.unknown);
    if let Some(earlier) = enforced(exchange, channel, &form) {
        return show(exchange, earlier);
    }
    let nonce = form
        .nonce
        .as_ref()
        .map(Value::to_string)
        .filter(|_| form.enforce_nonce);
    let address = Address {
        channel,
        interaction: None,
        seen_only_by: None,
        place: Place::Create,
    };
    let id = posting::post(exchange, form, &address);
    if let (Some(nonce), Some(channel)) = (nonce, exchange.world().channels.get_mut(&channel)) {
        channel.nonces.insert(nonce, id);
    }
    show(exchange, id)
}

fn check_may_post(exchange: &Exchange<'_>, id: Id, form: &MessageForm) -> Result<(), ApiError> {
    let channel = exchange.channel(0)?;
    let mut bits = may::SEND_MESSAGES;
    if form
        .embeds
        .as_ref()
        .is_some_and(|embeds| !embeds.is_empty())
    {
        bits |= may::EMBED_LINKS;
    }
    if !exchange.incoming.body.files.is_empty() {
        bits |= may::ATTACH_FILES;
    }
    exchange.need(channel, bits)?;
    match exchange
        .state
        .world
        .channels
        .get(&id)
        .and_then(Channel::recipient)
    {
        Some(recipient) => users::check_letter(exchange, recipient),
        None => Ok(()),
    }
}

/// The message an enforced nonce made a moment ago.
fn enforced(exchange: &Exchange<'_>, channel: Id, form: &MessageForm) -> Option<Id> {
    let nonce = form
        .nonce
        .as_ref()
        .filter(|_| form.enforce_nonce)?
        .to_string();
    let earlier = *exchange
        .state
        .world
        .channels
        .get(&channel)?
        .nonces
        .get(&nonce)?;
    let message = exchange.state.world.messages.get(&earlier)?;
    (exchange.now().duration_since(message.created) < NONCE_LIFE).then_some(earlier)
}

fn show(exchange: &Exchange<'_>, id: Id) -> Answer {
    let world = &exchange.state.world;
    let message = world
        .messages
        .get(&id)
        .ok_or_else(ApiError::unknown_message)?;
    Ok(Reply::ok(message.to_json(world, exchange.origin)))
}

/// A message of the path, in the channel of the path.
fn find(exchange: &Exchange<'_>) -> Result<Id, ApiError> {
    let channel = exchange.channel(0)?.id;
    let id = exchange.id(1)?;
    let message = exchange.state.world.messages.get(&id);
    // Ephemeral messages are out of reach for the bot's own token.
    let seen = message.filter(|m| m.channel == channel && m.seen_only_by.is_none());
    seen.map(|message| message.id)
        .ok_or_else(ApiError::unknown_message)
}

pub(super) fn edit(exchange: &mut Exchange<'_>) -> Answer {
    let id = find(exchange)?;
    let body = exchange.json()?;
    let form = parse_message(body, &exchange.incoming.body.files, Place::Edit)?;
    exchange.complain_of_unknown(&form.unknown);
    let world = &exchange.state.world;
    let message = world
        .messages
        .get(&id)
        .ok_or_else(ApiError::unknown_message)?;
    if message.author != world.bot {
        return Err(ApiError::foreign_message());
    }
    let age = exchange.now().duration_since(message.created);
    if age > SignedDuration::from_hours(1) && exchange.world().refuses_old_edit() {
        return Ok(old_edit_refused());
    }
    posting::change(exchange, id, form, Place::Edit)?;
    show(exchange, id)
}

/// 30046 comes as a rate limit.
fn old_edit_refused() -> Reply {
    let message = "Maximum number of edits to messages older than 1 hour reached. Try again later.";
    let body = json!({"message": message, "code": 30046, "retry_after": 60.0, "global": false});
    Reply::json(429, body).with("retry-after", "60")
}
