//! What people see, as pure functions of a request. Owns every message, button and picture that is sent to Discord; the
//! sentences are in `locales`.
//!
//! It must not know how a message travels, where a request is kept, what the clock says or how Headscale is called: it
//! takes a request, the operator's [`Rules`](crate::domain::Rules) and, in two places only, a key.
//!
//! - [`card()`]: the message to the approvers; [`letter()`]: the direct message to the requester;
//!   [`notice()`]: the mention for a requester without direct messages
//! - [`letter_with_key`], [`claim_answer`]: the only two messages that hold a key
//! - [`answer`]: private answers to commands and clicks; [`form`]: the form behind *Deny…*
//! - [`departure()`]: the question to the approvers about a member who left
//! - [`command`], [`custom_id`]: what people can type and press, in Discord's terms
//! - [`rendered`]: a message as Discord's builders want it; [`escape`], `words`, `embed`: text that cannot misbehave

pub mod answer;
mod button;
pub mod card;
pub mod command;
pub mod custom_id;
mod departure;
mod embed;
pub mod escape;
pub mod form;
mod handover;
pub mod letter;
pub mod notice;
mod problem;
pub mod qr;
mod refusal;
pub mod rendered;
mod steps;
mod words;

pub use answer::{
    already_decided, confirm_revoke, error_with_id, not_claimed, revoking, submitted,
};
pub use card::card;
pub use custom_id::{CustomId, DepartureButton, Verb};
pub use departure::{departure, departure_decided};
pub use form::deny_form;
pub use handover::{ShownKey, claim_answer, letter_with_key};
pub use letter::letter;
pub use notice::{api_key_expires, notice};
pub use qr::KeyError;
pub use refusal::refusal;
pub use rendered::Rendered;
