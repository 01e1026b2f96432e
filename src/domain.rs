//! What a device request is and what may happen to it. Pure: no clock, no database, no network, no serenity.
//!
//! - [`request`]: the request and the data that each of its states carries
//! - [`event`]: what can happen to one
//! - [`machine`]: [`apply`], the only place where a status changes
//! - [`mod@owed`]: [`owed()`], what the outside world still owes a request, read from the row alone
//! - [`policy`]: who may ask, who may decide, how often
//! - [`owner`]: which Headscale user a member's devices belong to
//! - [`refusal`]: the rules' answers to people
//! - [`departure`]: members who left, and what becomes of their devices
//! - [`device`], [`text`], [`id`]: parsed values; what exists is valid

pub mod departure;
pub mod device;
pub mod event;
pub mod id;
pub mod machine;
pub mod owed;
pub mod owner;
pub mod policy;
pub mod refusal;
pub mod request;
pub mod text;

pub use departure::{Choice, Departure, DepartureEvent, DepartureState};
pub use device::{DeviceName, Platform, SignIn};
pub use event::Event;
pub use id::{
    ChannelId, DepartureId, GuildId, InteractionId, KeyId, MemberId, MessageId, NodeId, OwnerId,
    RequestId, RoleId,
};
pub use machine::apply;
pub use owed::{Lane, Owed, Step, owed};
pub use owner::OwnerRule;
pub use policy::{Asker, Policy, Record};
pub use refusal::Refusal;
pub use request::{
    Approval, Attempt, Backoff, ClaimReason, DeviceRequest, Handover, History, IssuedKey,
    JoinedNode, MessageRef, Naming, Person, Projection, ProjectionKind, State, Status,
};
pub use text::Reason;
