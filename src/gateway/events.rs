//! Sees every event before serenity dispatches it, including those that serenity cannot read.

use serenity::all::{Context, Event, RawEventHandler};
use serenity::async_trait;

use crate::operations::Health;

pub(super) struct Events(pub(super) Health);

#[async_trait]
impl RawEventHandler for Events {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "Discord has scores of events; three concern the connection"
    )]
    async fn raw_event(&self, _: Context, event: Event) {
        match event {
            Event::Ready(ready) => {
                self.0.gateway_session_began();
                tracing::info!(guilds = ready.ready.guilds.len(), "connected to Discord");
            }
            Event::Resumed(_) => {
                self.0.gateway_session_resumed();
                tracing::info!("connection to Discord resumed");
            }
            // The value is not logged: it holds the interaction's token.
            Event::Unknown(unknown) if unknown.kind == "INTERACTION_CREATE" => {
                self.0.interaction_lost();
                tracing::error!(
                    "an interaction could not be read and is lost; Discord may have changed its format"
                );
            }
            _ => {}
        }
    }
}
