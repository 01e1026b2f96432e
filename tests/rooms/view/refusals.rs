//! Every refusal, as people read it.

use strum::IntoEnumIterator as _;

use super::people::moment;
use super::reading::read;
use crate::domain::{DeviceName, LinkRefusal, Platform, Refusal, RequestId, Status};
use crate::view::refusal;

fn refusals() -> Vec<Refusal> {
    let name = |typed: &str| typed.parse::<DeviceName>().unwrap_err();
    let link = |cause| Refusal::Link {
        cause,
        example: "https://vpn.example.org/register/…".to_owned(),
    };
    let mut refusals = vec![
        name("Anna's `Laptop`"),
        name("`@everyone`"),
        name("日本"),
        name("\u{200B}"),
        "amiga".parse::<Platform>().unwrap_err(),
        link(LinkRefusal::NotALink),
        link(LinkRefusal::OtherServer),
        link(LinkRefusal::NotASignIn),
        Refusal::ReasonTooLong { length: 401 },
        Refusal::WrongGuild,
        Refusal::MayNotAsk,
        Refusal::MayNotDecide,
        Refusal::SelfApproval,
        Refusal::NotTheRequester,
        Refusal::NotAMember,
        Refusal::TooManyOpen { open: 1, limit: 1 },
        Refusal::TooManyOpen { open: 3, limit: 3 },
        Refusal::TooManyToday { made: 5, limit: 5 },
        Refusal::TooManyKeys { limit: 10 },
        Refusal::CoolingDown { until: moment(600) },
        Refusal::AlreadyOpen {
            request: RequestId(42),
            device: "laptop".parse().unwrap(),
        },
        Refusal::UnknownRequest,
        Refusal::CardMoves,
        Refusal::StaleCard {
            link: "https://discord.com/channels/1/2/3".to_owned(),
        },
        Refusal::StaleLetter,
        Refusal::ClaimOver,
        Refusal::Busy,
        Refusal::TooFast { until: moment(60) },
    ];
    refusals.extend(Status::iter().map(|status| Refusal::NotNow { status }));
    refusals
}

#[test]
fn refusals_are_calm_and_name_the_field_and_the_rule() {
    let shown: Vec<_> = refusals().iter().map(|no| read(&refusal(no))).collect();
    let shown = shown.join("\n").replace('\u{200B}', "(zero width)");
    insta::assert_snapshot!(shown, @"
    device: `Anna's 'Laptop'` can't be a device name. Use 2-63 lowercase letters, digits or hyphens, not starting or ending with a hyphen. How about `anna-s-laptop`?
    device: `'@(zero width)everyone'` can't be a device name. Use 2-63 lowercase letters, digits or hyphens, not starting or ending with a hyphen. How about `everyone`?
    device: `日本` can't be a device name. Use 2-63 lowercase letters, digits or hyphens, not starting or ending with a hyphen.
    device: `?` can't be a device name. Use 2-63 lowercase letters, digits or hyphens, not starting or ending with a hyphen.
    platform: choose one from the list.
    link: that isn't a whole link. Paste the whole link that your device shows, such as `https://vpn.example.org/register/…`.
    link: that link leads to another server. Paste the whole link that your device shows, such as `https://vpn.example.org/register/…`.
    link: that isn't a sign-in link. Paste the whole link that your device shows, such as `https://vpn.example.org/register/…`.
    reason: 401 characters are too many; the limit is 400.
    You can only request devices, or decide about them, in the server this bot serves.
    To request devices and collect keys here, you need one of the roles chosen by the operator.
    Only approvers can do that. Nothing was changed.
    You can't approve your own request; another approver has to.
    Only the person who made the request can do that. Nothing was changed.
    You're no longer a member of the server this bot serves, so you can't collect a key.
    You already have 1 open request, and the limit is 1. Cancel one, or wait for a decision.
    You already have 3 open requests, and the limit is 3. Cancel one, or wait for a decision.
    You've made 5 requests in the last 24 hours, and the limit is 5. Try again later.
    This request has already given you 10 keys, which is the most. If the last one no longer works, ask an approver to revoke the request, then ask again.
    Your last request was denied. You can ask again <t:1800000600:R>.
    You already have an open request for `laptop`: #42.
    I don't know this request any more.
    This card is being moved. Try again in a minute.
    This card is out of date; use the latest one: https://discord.com/channels/1/2/3
    This button is out of date. Use the one in my latest message to you.
    It's too late to collect this key. Make a new request with `/request-device`.
    A key for this request is being made right now. Try again in a few seconds.
    You're doing that too often. Nothing was changed; try again <t:1800000060:R>.
    You can't do that now: it's still waiting for a decision.
    You can't do that now: it's approved and being worked on.
    You can't do that now: it's approved and being worked on.
    You can't do that now: the key has been handed over.
    You can't do that now: it's approved, and the key is waiting to be collected.
    You can't do that now: it failed, and is waiting for an approver.
    You can't do that now: the device has joined.
    You can't do that now: its key has been used, but the device wasn't found.
    You can't do that now: it was denied.
    You can't do that now: it was cancelled.
    You can't do that now: it has expired.
    You can't do that now: it was revoked.
    ");
}
