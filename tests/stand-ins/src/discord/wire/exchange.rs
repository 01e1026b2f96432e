//! One call in the hands of its handler.

use jiff::Timestamp;
use serde_json::Value;

use super::{body::Incoming, error::ApiError};
use crate::discord::{
    model::{Channel, Guild, Id, World, permissions},
    shared::State,
};

/// Everything that a handler sees and may touch.
pub(crate) struct Exchange<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) incoming: &'a Incoming,
    pub(crate) params: &'a [String],
    pub(crate) route: &'a str,
    pub(crate) origin: &'a str,
}

/// An answer before it is written to the wire.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Payload,
    pub(crate) headers: Vec<(&'static str, String)>,
}

#[derive(Clone, Debug)]
pub(crate) enum Payload {
    Empty,
    Json(Value),
    Html(String),
    /// Bytes under a JSON content type, whatever they are.
    Raw(String),
}

impl Reply {
    pub(crate) fn new(status: u16, body: Payload) -> Self {
        Self {
            status,
            body,
            headers: Vec::new(),
        }
    }

    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self::new(status, Payload::Json(body))
    }

    pub(crate) fn ok(body: Value) -> Self {
        Self::json(200, body)
    }

    pub(crate) fn no_content() -> Self {
        Self::new(204, Payload::Empty)
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn as_json(&self) -> Option<&Value> {
        match &self.body {
            Payload::Json(value) => Some(value),
            Payload::Empty | Payload::Html(_) | Payload::Raw(_) => None,
        }
    }
}

impl From<ApiError> for Reply {
    fn from(error: ApiError) -> Self {
        Self::json(error.status, error.to_json())
    }
}

impl Exchange<'_> {
    pub(crate) fn world(&mut self) -> &mut World {
        &mut self.state.world
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.state.world.now()
    }

    pub(crate) fn complain(&mut self, what: impl Into<String>) {
        self.state.notebook.complain(self.route, what.into());
    }

    pub(crate) fn text(&self, nth: usize) -> &str {
        self.params.get(nth).map_or("", String::as_str)
    }

    /// A snowflake of the path.
    pub(crate) fn id(&self, nth: usize) -> Result<Id, ApiError> {
        let text = self.text(nth);
        text.parse().map_err(|_| {
            let message = format!("Value \"{text}\" is not snowflake.");
            ApiError::form("id", "NUMBER_TYPE_COERCE", &message)
        })
    }

    /// The JSON body of a route that needs one.
    pub(crate) fn json(&self) -> Result<&Value, ApiError> {
        let body = &self.incoming.body;
        if let Some(broken) = &body.broken {
            return Err(broken.clone());
        }
        if body.json.is_none() && body.content_type.is_none() {
            let message = "Expected \"Content-Type\" header to be one of {'application/json', \
                'application/x-www-form-urlencoded', 'multipart/form-data'}.";
            return Err(ApiError::form("", "CONTENT_TYPE_INVALID", message));
        }
        body.json.as_ref().ok_or_else(ApiError::bad_json)
    }

    pub(crate) fn complain_of_unknown(&mut self, fields: &[String]) {
        for field in fields {
            self.complain(format!("Discord knows no field `{field}`"));
        }
    }

    /// A guild the bot is in.
    pub(crate) fn guild(&self, nth: usize) -> Result<&Guild, ApiError> {
        let id = self.id(nth)?;
        let world = &self.state.world;
        let guild = world
            .guilds
            .get(&id)
            .filter(|guild| guild.members.contains_key(&world.bot));
        guild.ok_or_else(ApiError::unknown_guild)
    }

    /// A channel of the path that the bot can see.
    pub(crate) fn channel(&self, nth: usize) -> Result<&Channel, ApiError> {
        let id = self.id(nth)?;
        let channel = self
            .state
            .world
            .channels
            .get(&id)
            .ok_or_else(ApiError::unknown_channel)?;
        self.need(channel, permissions::VIEW_CHANNEL)?;
        Ok(channel)
    }

    /// Refuses unless the bot holds all these permissions in a channel.
    pub(crate) fn need(&self, channel: &Channel, bits: u64) -> Result<(), ApiError> {
        let world = &self.state.world;
        let held = world.permissions_in(channel, world.bot);
        if held & permissions::VIEW_CHANNEL == 0 {
            return Err(ApiError::missing_access());
        }
        if held & bits != bits {
            return Err(ApiError::missing_permissions());
        }
        Ok(())
    }
}
