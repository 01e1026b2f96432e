//! What people see, as pure functions of a request. Owns every message, button and picture that is sent to Discord; the
//! sentences are in `locales`.
//!
//! It must not know how a message travels, where a request is kept, what the clock says or how Headscale is called: it
//! takes a request, the operator's [`Rules`](crate::domain::Rules) and, in two places only, a key.
//!
//! - `card`: the message to the approvers; `letter`: the direct message to the requester; `notice`: the mention for a
//!   requester without direct messages
//! - `handover`: the only two messages that hold a key, with its picture (`qr`) and the `steps` of each platform
//! - `answer`: private answers to commands and clicks; `refusal`: when a rule says no; `form`: behind *Deny…*
//! - `list`: what approvers look through; `departure`: the question to them about a member who left
//! - `command`, `custom_id`: what people can type and press, in Discord's terms
//! - `rendered`: a message as Discord's builders want it; `escape`, `words`, `embed`: text that cannot misbehave

mod answer;
mod button;
mod card;
pub(crate) mod command;
mod custom_id;
mod departure;
mod embed;
pub(crate) mod escape;
pub(crate) mod form;
mod handover;
mod letter;
mod list;
mod notice;
mod problem;
mod qr;
mod refusal;
mod rendered;
mod steps;
mod words;

pub(crate) use answer::{already_decided, confirm_revoke, error_with_id, revoking};
pub use answer::{not_claimed, submitted};
pub use card::card;
pub use custom_id::{CustomId, DepartureButton, ListButton, Verb};
pub(crate) use departure::{departure, departure_decided};
pub(crate) use form::deny_form;
pub(crate) use handover::{ShownKey, claim_answer, letter_with_key};
pub use letter::letter;
pub(crate) use list::{list, posting_again};
pub(crate) use notice::{api_key_expires, earlier_call, failure, moved, notice};
pub use refusal::refusal;
pub use rendered::Rendered;
