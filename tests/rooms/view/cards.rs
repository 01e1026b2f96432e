//! The card, status by status.

use super::people::{
    alice, approved, by_claim, carol, claimable, closed, delivered, denied, expired, failed,
    issuing, joined, lost, moment, pending, request, revoked, rules,
};
use super::reading::read;
use crate::domain::{
    Approval, Backoff, ClaimReason, DeviceRequest, Handover, Naming, Problem, Projection, State,
    Unreachable,
};
use crate::view::{Rendered, card};

/// The part of a card that never changes.
const FACTS: &str = r"├ Who
│ <@175928847299117063>
│ -# alice\_lee · 175928847299117063
│ Account created <t:1462015105:R> · joined the server <t:1799913600:R>
├ What
│ `laptop` · Linux
├ If approved
│ Headscale user `discord-175928847299117063`, their own (**created** if it doesn't exist yet)
│ A key that works once and lasts 1 hour
│ The device stays until it is removed
├ Why
│ > for \*work\*, see https\://example.org
├ History
│ First request
├ Requested
│ <t:1800000000:f>";

/// The card without the facts, which have to be there.
fn outcome(rendered: &Rendered) -> String {
    let shown = read(rendered);
    assert!(shown.contains(FACTS), "{shown}");
    shown.replace(FACTS, "├ (the facts)")
}

fn shown(request: &DeviceRequest) -> String {
    outcome(&card(request, &rules()))
}

#[test]
fn a_waiting_card_asks_for_a_decision_and_pings_the_approvers() {
    let mut request = request(pending());
    request.card = Projection::default();
    insta::assert_snapshot!(shown(&request), @r#"
    <@&77>
    ┌ Device request #42 · laptop
    │ ⏳ **Waiting** · expires <t:1800086400:R>
    ├ (the facts)
    [Approve] success v1:approve:42  [Deny…] danger v1:deny:42
    pings roles ["77"] members []
    "#);
}

#[test]
fn a_waiting_card_that_is_already_there_pings_nobody() {
    insta::assert_snapshot!(shown(&request(pending())), @r"
    ┌ Device request #42 · laptop
    │ ⏳ **Waiting** · expires <t:1800086400:R>
    ├ (the facts)
    [Approve] success v1:approve:42  [Deny…] danger v1:deny:42
    ");
}

#[test]
fn an_approved_card_is_working() {
    insta::assert_snapshot!(shown(&request(approved())), @"
    ┌ Device request #42 · laptop
    │ ⚙️ **Working** · approved by <@80351110224678912>
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    [Revoke…] danger v1:revoke:42
    ");
}

#[test]
fn a_working_card_says_what_holds_it_up() {
    let mut request = request(approved());
    request.backoff = Backoff {
        attempts: 3,
        retry_at: Some(moment(90)),
        last_error: Some(Problem::HeadscaleUnreachable(
            Unreachable::ConnectionRefused,
        )),
    };
    insta::assert_snapshot!(shown(&request), @"
    ┌ Device request #42 · laptop
    │ ⚠️ **Held up** · Headscale can't be reached: the connection was refused. Next attempt <t:1800000090:R>.
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    [Revoke…] danger v1:revoke:42
    ");
}

#[test]
fn an_issuing_card_is_working() {
    insta::assert_snapshot!(shown(&request(issuing(Handover::Letter))), @"
    ┌ Device request #42 · laptop
    │ ⚙️ **Working** · approved by <@80351110224678912>
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    [Revoke…] danger v1:revoke:42
    ");
}

#[test]
fn a_card_says_that_the_requester_is_collecting_the_key() {
    insta::assert_snapshot!(shown(&request(issuing(by_claim()))), @"
    ┌ Device request #42 · laptop
    │ ⚙️ **Working** · <@175928847299117063> is collecting the key
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    [Revoke…] danger v1:revoke:42
    ");
}

#[test]
fn a_delivered_card_says_until_when_the_key_lives() {
    insta::assert_snapshot!(shown(&request(delivered(Handover::Letter, false, None))), @"
    ┌ Device request #42 · laptop
    │ 📨 **Key sent** to <@175928847299117063> · expires <t:1800003660:R>
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    [Revoke…] danger v1:revoke:42
    ");
}

#[test]
fn a_delivered_card_says_that_the_key_has_been_used() {
    insta::assert_snapshot!(shown(&request(delivered(Handover::Letter, true, None))), @"
    ┌ Device request #42 · laptop
    │ 📨 **Key used** · waiting for the device to appear
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    [Revoke…] danger v1:revoke:42
    ");
}

#[test]
fn a_delivered_card_says_that_the_key_was_collected() {
    insta::assert_snapshot!(shown(&request(delivered(by_claim(), false, None))), @"
    ┌ Device request #42 · laptop
    │ 📨 **Key collected** by <@175928847299117063> · expires <t:1800003660:R>
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    [Revoke…] danger v1:revoke:42
    ");
}

#[test]
fn a_card_says_that_the_key_is_being_taken_back() {
    insta::assert_snapshot!(shown(&request(delivered(Handover::Letter, false, Some(carol())))), @"
    ┌ Device request #42 · laptop
    │ ⚙️ **Revoking** · requested by <@80351110224678912>
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    ");
}

#[test]
fn a_card_says_that_direct_messages_are_closed() {
    let mut request = request(claimable(ClaimReason::DirectMessagesClosed));
    request.letter = closed();
    insta::assert_snapshot!(shown(&request), @"
    ┌ Device request #42 · laptop
    │ 🔔 **Approved** · direct messages are closed, waiting for <@175928847299117063> to collect the key · expires <t:1800259200:R>
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    [Revoke…] danger v1:revoke:42
    ");
}

#[test]
fn a_card_says_what_was_lost() {
    let membership = shown(&request(claimable(ClaimReason::MembershipLost)));
    assert!(membership.contains("no key was made: <@175928847299117063> had left"));
    assert!(shown(&request(lost())).contains("the device wasn't found in Headscale"));
}

#[test]
fn a_card_says_that_the_key_lapsed_unused() {
    insta::assert_snapshot!(shown(&request(claimable(ClaimReason::KeyLapsed))), @"
    ┌ Device request #42 · laptop
    │ 🔔 **Approved** · the key expired unused, waiting for <@175928847299117063> to collect a new one · expires <t:1800259200:R>
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    [Revoke…] danger v1:revoke:42
    ");
}

#[test]
fn a_failed_card_gives_the_buttons_back() {
    insta::assert_snapshot!(shown(&request(failed())), @"
    ┌ Device request #42 · laptop
    │ ❗ **Failed** · Headscale refused the bot's API key: it's wrong, expired or revoked.
    │ Retry once it's fixed · expires <t:1800086400:R>
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    [Retry] primary v1:retry:42  [Deny…] danger v1:deny:42
    ");
}

#[test]
fn a_joined_card_says_name_and_addresses() {
    insta::assert_snapshot!(shown(&request(joined(Naming::Settled, None))), @"
    ┌ Device request #42 · laptop
    │ ✅ **Joined** as `laptop`
    │ Addresses: `100.64.0.7`, `fd7a:115c:a1e0::7`
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    [Revoke…] danger v1:revoke:42
    ");
}

#[test]
fn a_joined_card_says_that_the_name_is_still_to_come() {
    insta::assert_snapshot!(shown(&request(joined(Naming::Owed, None))), @"
    ┌ Device request #42 · laptop
    │ ✅ **Joined** as `laptop`
    │ Addresses: `100.64.0.7`, `fd7a:115c:a1e0::7`
    │ Being renamed to `laptop`
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    [Revoke…] danger v1:revoke:42
    ");
}

#[test]
fn a_joined_card_says_why_the_name_was_not_given() {
    let request = request(joined(
        Naming::Refused {
            cause: Problem::HeadscaleConflict(String::new()),
        },
        None,
    ));
    insta::assert_snapshot!(shown(&request), @"
    ┌ Device request #42 · laptop
    │ ✅ **Joined** as `laptop`
    │ Addresses: `100.64.0.7`, `fd7a:115c:a1e0::7`
    │ ❗ Couldn't be renamed to `laptop`. The name is already taken in Headscale.
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    [Revoke…] danger v1:revoke:42
    ");
}

#[test]
fn a_denied_card_keeps_the_facts_and_adds_who_and_why() {
    insta::assert_snapshot!(shown(&request(denied("not a *work* device"))), @r"
    ┌ Device request #42 · laptop
    │ ⛔ **Denied** by <@80351110224678912> <t:1800000060:R>
    ├ (the facts)
    ├ Denied
    │ <@80351110224678912> (carol)
    │ > not a \*work\* device
    ");
}

#[test]
fn a_denied_card_says_that_the_requester_could_not_be_told() {
    let mut request = request(denied(""));
    request.letter = closed();
    insta::assert_snapshot!(shown(&request), @"
    ┌ Device request #42 · laptop
    │ ⛔ **Denied** by <@80351110224678912> <t:1800000060:R>
    ├ (the facts)
    ├ Denied
    │ <@80351110224678912> (carol), without giving a reason
    ├ Problem
    │ <@175928847299117063> couldn't be told: their direct messages are closed.
    ");
}

#[test]
fn a_cancelled_card_is_over() {
    insta::assert_snapshot!(shown(&request(State::Cancelled)), @r"
    ┌ Device request #42 · laptop
    │ ↩️ **Cancelled** by <@175928847299117063> <t:1800000060:R>
    ├ (the facts)
    ");
}

#[test]
fn an_expired_card_says_that_nobody_decided() {
    insta::assert_snapshot!(shown(&request(expired(false))), @r"
    ┌ Device request #42 · laptop
    │ 💤 **Expired** <t:1800000060:R> · nobody decided in time
    ├ (the facts)
    ");
}

#[test]
fn an_expired_card_says_that_nobody_joined() {
    insta::assert_snapshot!(shown(&request(expired(true))), @"
    ┌ Device request #42 · laptop
    │ 💤 **Expired** <t:1800000060:R> · approved, but no device joined in time
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    ");
}

#[test]
fn a_revoked_card_says_by_whom() {
    insta::assert_snapshot!(shown(&request(revoked())), @"
    ┌ Device request #42 · laptop
    │ 🚫 **Revoked** by <@80351110224678912> <t:1800000060:R>
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    ");
}

#[test]
fn a_joined_card_says_that_access_is_being_taken_back() {
    insta::assert_snapshot!(shown(&request(joined(Naming::Settled, Some(carol())))), @"
    ┌ Device request #42 · laptop
    │ ⚙️ **Revoking** · requested by <@80351110224678912>
    │ Addresses: `100.64.0.7`, `fd7a:115c:a1e0::7`
    ├ (the facts)
    ├ Approved
    │ <@80351110224678912> (carol), <t:1800000030:f>
    ");
}

#[test]
fn self_approval_is_marked() {
    let request = request(State::Approved {
        approval: Approval {
            by: alice(),
            at: moment(30),
        },
    });
    insta::assert_snapshot!(shown(&request), @r"
    ┌ Device request #42 · laptop
    │ ⚙️ **Working** · approved by <@175928847299117063>
    ├ (the facts)
    ├ Approved
    │ <@175928847299117063> (alice\_lee), <t:1800000030:f>
    │ ⚠️ Self-approval: requester and approver are the same person
    [Revoke…] danger v1:revoke:42
    ");
}
