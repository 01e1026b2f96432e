//! Reads every event before serenity hands it out, for what serenity would pass over in silence.

use serenity::all::{Context, Event, RawEventHandler};
use serenity::async_trait;

use super::Health;

pub(super) struct Watch(pub(super) Health);

#[async_trait]
impl RawEventHandler for Watch {
    async fn raw_event(&self, _: Context, event: Event) {
        self.see(&event);
    }
}

impl Watch {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "Discord has scores of events; three concern the connection"
    )]
    fn see(&self, event: &Event) {
        match event {
            Event::Ready(ready) => {
                self.0.session_began();
                tracing::info!(guilds = ready.ready.guilds.len(), "connected to Discord");
            }
            Event::Resumed(_) => {
                self.0.session_resumed();
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
