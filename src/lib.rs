//! headscale-usher brings devices into a Headscale network from Discord: a member asks, an approver clicks, and the bot
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
//! 1. [`interaction`] turns an event into a [`command::Command`], and the workflow's [`command::Reply`] into the answer.
//! 2. `workflow` decides by the rules of [`domain`], commits by compare-and-set, and answers. Its `Commands` hold neither
//!    Headscale nor Discord, so nothing can be called before the answer.
//! 3. The worker takes rows that are due, asks [`domain::owed()`] what is still owed to each, does it, and records the
//!    event. A start, a timer, a retry and a click all lead to the same tick: there is no job queue and no recovery code.
//! 4. People see a request as a *card* (the approvers) and a *letter* (the requester): messages whose text, made by
//!    [`view`], is a pure function of the row. A message that is behind is edited; a missing one is posted.
//! 5. A *departure* is a member who left with something live. A patrol looks for such members; each departure is a row
//!    with a card and a tick of its own.
//!
//! # Layers
//!
//! `domain` imports nothing of ours. `config` parses straight into `domain::rules`. `command`, `store`, `headscale` and
//! `view` build on the domain; `outbound` sends what `view` draws; `workflow` knows them all, but neither serenity nor
//! a token; `interaction` is the only way in; [`app`] puts everything together. [`check`] and [`backup`] are small
//! commands beside it, and `terminal` prints what they say. `i18n` holds every sentence that people read, in
//! `locales/`. `tests/rooms/architecture.rs` reads the imports and fails on any door that is not listed there;
//! `modules.rs` beside it fails on a circle of modules, and on anything that `workflow::commands` must not reach.
//!
//! # Errors
//!
//! There is one kind for each audience. [`domain::Refusal`] is a rule's answer to a person, and [`domain::Problem`] says
//! what went wrong in a step; both are data, and the view puts them into words. `headscale::Error`, `outbound::Error` and
//! `store::Error` are for logs: small, and without any address, body or secret. `anyhow` appears only where the program
//! starts. The worker logs a failed step once and writes the problem on the row. A call whose outcome is unknown is not an
//! error to guess about: its row stays in `issuing` and is reclaimed.

pub mod app;
pub mod backup;
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
mod terminal;
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
