//! Discord's wire: REST under `/api/v10` and the gateway's door. It reads and
//! writes the model and knows nothing of tests or people.

mod body;
mod buckets;
mod callback;
mod commands;
mod error;
mod exchange;
mod front;
mod guilds;
mod line;
mod mentions;
mod messages;
mod posting;
mod routes;
mod users;
mod webhooks;

pub(crate) use buckets::Buckets;
pub(crate) use error::ApiError;
pub(crate) use exchange::{Payload, Reply};
pub(crate) use front::front;
pub(crate) use line::{Line, Lines};
pub(crate) use routes::keys as route_keys;
