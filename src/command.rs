//! What people can ask the bot for, and who asks. Made by `interaction` from Discord's events; knows no serenity.

use jiff::Timestamp;

use crate::domain::{
    Asker, ChannelId, Choice, Cursor, Departure, DepartureId, DeviceRequest, Filter, InteractionId,
    MessageRef, Page, Refusal, RequestId,
};

/// One thing that a person asks for, by a command, a button or a form.
#[derive(Clone, Debug)]
pub enum Command {
    RequestDevice(RequestDevice),
    Approve(Click),
    /// Opens the form for a reason.
    AskToDeny(Click),
    Deny {
        click: Click,
        /// As typed.
        reason: String,
    },
    Retry(Click),
    Cancel(Click),
    /// *Get my key*.
    Claim(Click),
    /// Asks for a confirmation first.
    AskToRevoke(Click),
    Revoke(Click),
    /// `/requests`, or another page of its list.
    List(ListRequests),
    /// *Post the card again*.
    PostAgain(Click),
    /// The answer to the question about a member who left.
    DecideDeparture(DepartureClick),
    /// Something that this bot does not have, or no longer has.
    Unknown(Asker),
}

impl Command {
    /// Who asks.
    pub fn asker(&self) -> &Asker {
        match self {
            Self::RequestDevice(ask) => &ask.asker,
            Self::Unknown(asker) => asker,
            Self::List(ask) => &ask.asker,
            Self::DecideDeparture(click) => &click.asker,
            Self::Approve(click)
            | Self::AskToDeny(click)
            | Self::Deny { click, .. }
            | Self::Retry(click)
            | Self::Cancel(click)
            | Self::Claim(click)
            | Self::AskToRevoke(click)
            | Self::Revoke(click)
            | Self::PostAgain(click) => &click.asker,
        }
    }

    /// A click that decides on the card which it is on.
    pub(crate) fn decides(&self) -> Option<&Click> {
        if let Self::Approve(click) | Self::Retry(click) | Self::Deny { click, .. } = self {
            Some(click)
        } else {
            None
        }
    }
}

/// The options of `/request-device`, as typed: none of them is trusted yet.
#[derive(Clone, Debug)]
pub struct RequestDevice {
    pub interaction: InteractionId,
    pub asker: Asker,
    pub member_since: Option<Timestamp>,
    pub asked_in: ChannelId,
    pub device: String,
    pub platform: String,
    pub reason: String,
    /// The link that the device shows, or an empty text.
    pub link: String,
}

/// One page of the approvers' list.
#[derive(Clone, Debug)]
pub struct ListRequests {
    pub asker: Asker,
    pub filter: Filter,
    pub from: Cursor,
    /// Asked for by a button on a list, which the page replaces.
    pub on_list: bool,
}

/// A button or a form, and the message that it was on.
#[derive(Clone, Debug)]
pub struct Click {
    pub asker: Asker,
    pub request: RequestId,
    pub on: Option<MessageRef>,
    /// The message is a private answer, which no channel holds.
    pub privately: bool,
}

/// A button on the card of a member who left.
#[derive(Clone, Debug)]
pub struct DepartureClick {
    pub asker: Asker,
    pub departure: DepartureId,
    pub choice: Choice,
    pub on: Option<MessageRef>,
}

/// The answer to a command; `interaction` puts it into words and sends it.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The request is stored, now or by an earlier delivery of the same event.
    Submitted(Box<DeviceRequest>),
    Refused(Refusal),
    /// Needs no words: the card is about to change.
    Seen,
    /// The decision is stored, and the card that was clicked shows it.
    Decided(Box<DeviceRequest>),
    AskForReason(RequestId),
    /// Somebody was faster.
    AlreadyDecided(Box<DeviceRequest>),
    /// Somebody was faster, or the question had settled itself.
    DepartureDecided(Box<Departure>),
    Cancelled(Box<DeviceRequest>),
    /// The same on the letter, which the worker edits: an answer in its place could come after that, and stay.
    CancelledByLetter(Box<DeviceRequest>),
    ConfirmRevoke(Box<DeviceRequest>),
    /// The decision is stored; the worker revokes what the request gave.
    Revoking(Box<DeviceRequest>),
    Listed {
        page: Box<Page>,
        /// The list whose button was pressed becomes this page.
        on_list: bool,
    },
    /// The worker posts the card.
    PostingAgain(RequestId),
    /// A key is about to be made and shown in the answer to this click of theirs.
    Claiming(RequestId, Asker),
}
