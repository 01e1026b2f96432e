//! A stand-in for Discord that speaks Discord's wire to an unmodified client.
//!
//! Three layers: [`model`] is Discord as plain data; the wire (REST and gateway)
//! reads and writes it as strictly as Discord does; and verbs speak as people do.
//!
//! ```no_run
//! # async fn story() {
//! use stand_ins::discord::Discord;
//! let discord = Discord::start().await;
//! // … start the bot with `discord.api_url()` and `discord.token()` …
//! let alice = discord.member("alice");
//! let request = alice.request_device("laptop", "linux", Some("for work")).await;
//! assert!(request.answer().await.ephemeral);
//! let carol = discord.approver("carol");
//! carol.press(&discord.card().await, "Approve").await;
//! let key = alice.letter_where("a letter with a code", |letter| letter.scan().is_some()).await;
//! # drop(key);
//! # }
//! ```
//!
//! Refusals, faults and complaints are described in [`faults`] and [`journal`].

#![expect(
    clippy::missing_panics_doc,
    reason = "verbs panic when Discord would not let a person do that: that is what tests want"
)]

pub mod faults;
pub mod feed;
mod gateway;
pub mod journal;
pub mod layout;
pub mod model;
pub mod openapi;
mod people;
mod rules;
mod shared;
mod wire;

use std::{future::IntoFuture as _, sync::Arc};

use axum::Router;
use tokio::{net::TcpListener, task::AbortHandle};

pub use faults::{FaultAt, FaultHandle, Held, Refusal};
pub use gateway::GatewayControl;
pub use journal::{Call, Complaint};
pub use layout::{Journal, Layout};
pub use people::{
    Answer, Button, Forged, Interaction, Member, Message, Modal, ModalInput, permission,
};

use shared::Shared;

/// A running stand-in. Clones are the same Discord; the last one to go closes it.
#[derive(Clone)]
pub struct Discord {
    shared: Arc<Shared>,
    _server: Arc<Server>,
}

/// Serves until dropped.
struct Server(AbortHandle);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Discord {
    /// Starts on a free loopback port with the usual people and places.
    pub async fn start() -> Self {
        Self::start_with(Layout::default()).await
    }

    /// Starts with chosen ids and a chosen address.
    pub async fn start_with(layout: Layout) -> Self {
        let started = Self::try_start_with(layout).await;
        started.expect("the address can be bound")
    }

    /// As [`Discord::start_with`].
    ///
    /// # Errors
    /// If the address cannot be bound.
    pub async fn try_start_with(layout: Layout) -> std::io::Result<Self> {
        let listener = TcpListener::bind(layout.bind).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(layout, address));
        let app = Router::new()
            .fallback(wire::front)
            .with_state(Arc::clone(&shared));
        let service = app.into_make_service_with_connect_info::<wire::Line>();
        let serving = axum::serve(wire::Lines(listener), service).into_future();
        let server = tokio::spawn(serving).abort_handle();
        Ok(Self {
            shared,
            _server: Arc::new(Server(server)),
        })
    }
}
