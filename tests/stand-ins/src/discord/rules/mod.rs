//! Discord's rules for the things that the bot sends: limits, and combinations that no schema expresses, each as a
//! plain check over the JSON that came in.

mod callback;
mod commands;
mod components;
mod embeds;
mod form;
mod mentions;
mod message;
mod modal;

pub(crate) use callback::{Callback, parse_callback};
pub(crate) use commands::normal_command;
pub(crate) use form::Form;
pub(crate) use mentions::AllowedMentions;
pub(crate) use message::{AttachmentRef, MessageForm, Place, parse_message};
