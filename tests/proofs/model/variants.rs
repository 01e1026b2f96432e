//! Ways in which the protocol could have been written, and must not be. Most are faults that the bot once had.

use super::world::World;
use crate::domain::{DeviceRequest, Event, Owed, State, Status, Step};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variant {
    AsWritten,
    /// An unknown key is not looked for by its expiration.
    NoFingerprint,
    /// A key that was unused before it was expired is taken to be unused.
    NoSecondLook,
    /// The key is shown before its id is on disk.
    IdAfterShowing,
    /// The letter is written when there is a key to put into it.
    LetterLast,
    /// A device that came by link does not get its tags.
    LinkWithoutTags,
    /// *Get my key* does not ask whether the person is still a member.
    ClaimUnasked,
    /// A key that was held up is made for whoever was a member.
    LetterUnasked,
    /// Whoever has only a key to collect is not looked for.
    OfferOverlooked,
    /// Keys are looked for among those of today's owner.
    TodaysOwner,
    /// A key that a list lacks is taken to be gone.
    AbsentIsGone,
    /// A device is expired where it can come back.
    ExpiredComesBack,
    /// What is approved cannot be cancelled.
    ApprovedStands,
    /// An attempt that was interrupted forgets that it was to be stopped.
    StopForgotten,
    /// A request goes on when its link has run out.
    LinkOutlived,
    /// A registration that nobody wants any more is tried again.
    StopKnocks,
    /// A registration whose link has run out is not waited for.
    LinkLeftOpen,
    /// A link takes the place of a key that is not taken back.
    KeyLeftByLink,
    /// A second claim makes a key beside the first.
    KeyLeftByClaim,
    /// A device that joined at its key's end is not looked for.
    EndOverlooked,
    /// Nobody sees that the operator removed a device.
    RemovalOverlooked,
    /// The fingerprint of an attempt without an answer is not kept.
    LateKeyForgotten,
}

impl Variant {
    /// The event as the machine takes it, if at all.
    pub(super) fn other_event(self, before: &DeviceRequest, event: Event) -> Option<Event> {
        let refuses = self == Self::ApprovedStands
            && before.status() == Status::Approved
            && event == Event::Cancelled;
        (!refuses).then_some(event)
    }

    /// What the machine made of it.
    pub(super) fn spoil(self, before: &DeviceRequest, after: &mut DeviceRequest) {
        match self {
            Self::LateKeyForgotten => after.abandoned.clear(),
            Self::StopForgotten => {
                if let State::Issuing {
                    approval,
                    stopping: Some(_),
                    ..
                } = &before.state
                    && matches!(after.status(), Status::Cancelled | Status::Revoked)
                {
                    let approval = approval.clone();
                    after.state = State::Approved { approval };
                }
            }
            Self::KeyLeftByLink => {
                if let State::Delivered { approval, .. } = &before.state
                    && before.sign_in != after.sign_in
                {
                    let approval = approval.clone();
                    after.state = State::Approved { approval };
                }
            }
            _ => {}
        }
    }

    /// What is not done.
    pub(super) fn overlook(self, world: &World, owes: &mut Owed) {
        match (self, &world.row.state) {
            (
                Self::EndOverlooked,
                State::Delivered {
                    key, used: true, ..
                },
            ) if key.expires_at <= world.now() => owes.step = None,
            (Self::LinkOutlived, State::Approved { .. }) if world.row.sign_in.is_some() => {
                owes.step = owes.step.map(|(_, at)| (Step::Register, at));
            }
            _ => {}
        }
    }
}
