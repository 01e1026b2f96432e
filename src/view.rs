//! What people see, as pure functions of a request. Owns every text, button and picture that is sent to Discord.
//!
//! It must not know how a message travels, where a request is kept, what the clock says or how Headscale is
//! called: it takes a request, the operator's [`Rules`](crate::domain::Rules) and, in two places only, a key.
//!
//! - [`card()`]: the message to the approvers; [`letter()`]: the direct message to the requester;
//!   [`notice()`]: the mention for a requester without direct messages
//! - [`letter_with_key`], [`claim_answer`]: the only two faces that hold a key
//! - [`answer`]: private answers to commands and clicks; [`form`]: the form behind *Deny…*
//! - [`departure()`]: the question to the approvers about a member who left
//! - [`command`], [`custom_id`]: what people can type and press, in Discord's rules
//! - [`face`]: a face becomes a builder here; [`escape`], `words`, `sheet`: text that cannot misbehave

mod announcement;
pub mod answer;
mod button;
pub mod card;
pub mod command;
pub mod custom_id;
mod departure;
pub mod escape;
pub mod face;
pub mod form;
mod handover;
pub mod letter;
pub mod notice;
mod problem;
pub mod qr;
mod refusal;
pub mod revoke;
mod sheet;
mod steps;
mod words;

pub use announcement::api_key_expires;
pub use answer::{already_decided, error_with_id, not_claimed, submitted};
pub use card::card;
pub use custom_id::{CustomId, DepartureButton, Verb};
pub use departure::{departure, departure_decided};
pub use face::Face;
pub use form::deny_form;
pub use handover::{ShownKey, claim_answer, letter_with_key};
pub use letter::letter;
pub use notice::notice;
pub use qr::KeyError;
pub use refusal::refusal;
pub use revoke::{confirm_revoke, revoking};

/// The approvers' message.
pub type CardFace = Face;
/// The requester's message.
pub type LetterFace = Face;
