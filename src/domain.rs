//! What a device request is and what may happen to it. Pure: no clock, no database, no network, no serenity.
//!
//! - [`request`]: the request and the data that each of its states carries
//! - [`node`]: the device that has joined; [`event`]: what can happen to a request
//! - [`machine`]: [`apply`], the only place where a status changes
//! - [`mod@owed`]: [`owed()`], what the outside world still owes a request, read from the row alone
//! - [`rules`]: everything the operator decided; [`policy`]: who may ask, who may decide, how often
//! - [`headscale_user`]: which Headscale user a member's devices belong to
//! - [`refusal`]: the rules' answers to people; [`problem`]: what can go wrong, as people are told
//! - `attempt`: one attempt at a key, and what is kept of one that was given up
//! - `claim`: when a key can be collected with *Get my key*
//! - `listing`: pages of requests, for an approver to look through
//! - [`departure`]: members who left, and what becomes of their devices
//! - `address`, [`device`], [`text`], [`id`]: parsed values; what exists is valid. `parse`: from what people typed

mod address;
mod attempt;
mod claim;
pub mod departure;
pub mod device;
pub mod event;
pub mod headscale_user;
pub mod id;
mod listing;
pub mod machine;
pub mod node;
pub mod owed;
mod parse;
mod person;
pub mod policy;
pub mod problem;
pub mod refusal;
pub mod request;
pub mod rules;
pub mod text;

pub use address::{Address, BadAddress};
pub use attempt::{Abandoned, Attempt, ClaimReason, Handover, IssuedKey, Stop};
pub use departure::{Choice, Departure, DepartureEvent, DepartureState};
pub use device::{DeviceName, Platform, SignIn};
pub use event::Event;
pub use headscale_user::{
    BadTag, BadTemplate, BadUserName, Tag, UserMapping, UserName, UserTemplate,
};
pub use id::{
    ChannelId, DepartureId, GuildId, HeadscaleUserId, InteractionId, KeyId, MemberId, MessageId,
    NodeId, RequestId, RoleId,
};
pub use listing::{Cursor, Filter, Page};
pub use machine::apply;
pub use node::{JoinedNode, Naming, Standing};
pub use owed::{Lane, Owed, Step, owed};
pub use person::Person;
pub use policy::{Asker, Record};
pub use problem::{Problem, Unreachable};
pub use refusal::{LinkRefusal, Refusal};
pub use request::{
    Approval, Backoff, DeviceRequest, History, MessageRef, Projection, ProjectionKind, State,
    Status,
};
pub use rules::{
    DiscordRules, HeadscaleRules, KeyRules, OnMemberLeft, OnRevoke, RequestRules, RetryRules, Rules,
};
pub use text::Reason;
