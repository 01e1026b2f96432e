//! headscale-usher ushers devices into a Headscale network from Discord: a member asks, an approver clicks, the bot
//! hands over a single-use key and watches until the device is online.
//!
//! # The way through
//!
//! ```text
//! Discord ─▶ gateway ─▶ interaction ─▶ command ─▶ workflow ─▶ store        a click becomes a row, and an answer
//!                                                    │
//!                         ┌──────── worker ◀─────────┘                     what a row is owed becomes an action
//!                         ▼           │
//!                     headscale    outbound ─▶ Discord
//! ```
//!
//! 1. [`interaction`] turns an event into a [`command::Command`] and the workflow's [`command::Reply`] into the answer.
//! 2. `workflow` decides by the rules of [`domain`], commits by compare-and-set, and answers. Nothing else is called
//!    before the answer.
//! 3. The worker takes rows that are due, asks [`domain::owed()`] what the world still owes them, does it, and records
//!    the event. Start-up, a timer, a retry and a click are the same tick: there is no job queue and no recovery code.
//! 4. A request is shown as a *card* (approvers) and a *letter* (requester): messages whose text, made by [`view`],
//!    is a pure function of the row. Behind means edit; missing means post.
//! 5. Beside requests there are *departures*: members who left with something live. A slow loop of the workflow looks for
//!    them; what becomes of one is a row, a card and a tick of its own.
//!
//! # Layers
//!
//! `domain` imports nothing of ours. `command`, `store`, `headscale` and `view` build on it; `outbound` writes what
//! `view` draws; `workflow` knows them all but neither serenity nor a token; `interaction` is the only way in;
//! [`app`] puts everything together. `tests/rooms/architecture.rs` reads the imports and fails on any other door.
//!
//! # Errors
//!
//! Three audiences, three types. [`domain::Refusal`] is a rule's answer to a person. `headscale::Error`,
//! `outbound::Error` and `store::Error` are the rooms' own: small, with sentences that carry no address, body or
//! secret. `anyhow` appears only where the program starts. A failed step
//! is logged once, by the worker, and written on the row; a call whose outcome is unknown is not an error to be
//! guessed about but a row in `issuing`, which is reclaimed.

pub mod app;
pub mod check;
pub mod clock;
pub mod command;
pub mod config;
pub mod domain;
pub(crate) mod gateway;
pub mod headscale;
mod i18n;
pub mod interaction;
pub mod operations;
pub(crate) mod outbound;
pub mod store;
pub mod telemetry;
pub mod view;
pub(crate) mod workflow;

#[cfg(test)]
extern crate self as headscale_usher;
#[cfg(test)]
#[path = "../tests/proofs/mod.rs"]
mod proofs;
#[cfg(test)]
#[path = "../tests/rooms/mod.rs"]
mod rooms;
#[cfg(test)]
#[path = "../tests/support/mod.rs"]
mod support;
