//! Discord as people use it: what they do, what they see, what they may press.
//! Everything here plays by the rules of Discord's own client; what the client
//! would not do is in [`forge`].

mod acting;
mod admin;
mod forge;
mod form;
mod interaction;
mod member;
mod message;
mod qr;
mod text;
mod world;

pub use admin::permission;
pub use forge::Forged;
pub use interaction::{Answer, Interaction, Modal, ModalInput};
pub use member::Member;
pub use message::{Button, Message};
