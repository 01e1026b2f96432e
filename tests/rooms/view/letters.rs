//! The letter and the notice, status by status. None of these messages holds a key.

use std::time::Duration;

use super::people::{
    approved, by_claim, carol, claimable, closed, delivered, denied, every_state, expired, failed,
    issuing, joined, lost, pending, posted, request, revoked, rules,
};
use super::reading::read;
use crate::domain::{ClaimReason, DeviceRequest, Handover, Naming, Problem, State};
use crate::view::{letter, notice};

fn shown(request: &DeviceRequest) -> String {
    read(&letter(request, &rules()))
}

#[test]
fn a_waiting_letter_says_so() {
    insta::assert_snapshot!(shown(&request(pending())), @"
    ⏳ Your request for `laptop` is waiting for a decision.
    ┌ Your device request #42 · laptop
    │ It expires <t:1800086400:R>.
    [Cancel request] secondary v1:cancel:42
    ");
}

#[test]
fn an_approved_letter_holds_no_key_yet() {
    insta::assert_snapshot!(shown(&request(approved())), @"
    ✅ Your request for `laptop` is approved.
    ┌ Your device request #42 · laptop
    │ Approved by <@80351110224678912>. Your key is being made and will appear in this message.
    [Cancel request] secondary v1:cancel:42
    ");
}

#[test]
fn an_issuing_letter_reads_like_an_approved_one() {
    insta::assert_snapshot!(shown(&request(issuing(Handover::Letter))), @"
    ✅ Your request for `laptop` is approved.
    ┌ Your device request #42 · laptop
    │ Approved by <@80351110224678912>. Your key is being made and will appear in this message.
    [Cancel request] secondary v1:cancel:42
    ");
}

#[test]
fn a_delivered_letter_without_its_key_says_that_it_was_shown() {
    insta::assert_snapshot!(shown(&request(delivered(Handover::Letter, false, None))), @"
    📨 Your key for `laptop` has been handed over.
    ┌ Your device request #42 · laptop
    │ A key is shown only once. This one expires <t:1800003660:R>.
    ");
}

#[test]
fn a_used_key_is_gone_from_the_letter() {
    insta::assert_snapshot!(shown(&request(delivered(Handover::Letter, true, None))), @"
    📨 Your key for `laptop` has been used.
    ┌ Your device request #42 · laptop
    │ It works only once, so it's gone from this message. Your device should be online in a moment.
    ");
}

#[test]
fn a_collected_key_can_be_collected_again() {
    insta::assert_snapshot!(shown(&request(delivered(by_claim(), false, None))), @"
    📨 You've collected your key for `laptop`.
    ┌ Your device request #42 · laptop
    │ It expires <t:1800003660:R>. Lost it? Press **Get my key** for a new one; that ends the old one.
    [Get my key] primary v1:claim:42
    ");
}

#[test]
fn a_letter_says_that_access_is_being_revoked() {
    insta::assert_snapshot!(shown(&request(delivered(Handover::Letter, false, Some(carol())))), @"
    🚫 Your access for `laptop` is being revoked.
    ┌ Your device request #42 · laptop
    │ Requested by <@80351110224678912>.
    ");
}

#[test]
fn a_claimable_letter_has_the_button() {
    insta::assert_snapshot!(shown(&request(claimable(ClaimReason::DirectMessagesClosed))), @"
    🔔 Your key for `laptop` is waiting for you.
    ┌ Your device request #42 · laptop
    │ It couldn't be sent to you in a direct message. Press **Get my key** once you're at your device: a new key is made then, and only you will see it. This offer ends <t:1800259200:R>.
    [Get my key] primary v1:claim:42  [Cancel request] secondary v1:cancel:42
    ");
}

#[test]
fn a_letter_says_why_there_was_no_key_for_whoever_had_left() {
    insta::assert_snapshot!(shown(&request(claimable(ClaimReason::MembershipLost))), @"
    🔔 Your key for `laptop` is waiting for you.
    ┌ Your device request #42 · laptop
    │ It wasn't made, because you weren't in the server any more, or had lost the role that's needed. Once that's put right, press **Get my key** at your device: a new key is made then, and only you will see it. This offer ends <t:1800259200:R>.
    [Get my key] primary v1:claim:42  [Cancel request] secondary v1:cancel:42
    ");
}

#[test]
fn a_lapsed_letter_has_the_button() {
    insta::assert_snapshot!(shown(&request(claimable(ClaimReason::KeyLapsed))), @"
    🔔 Your key for `laptop` expired before it was used.
    ┌ Your device request #42 · laptop
    │ It no longer works. Press **Get my key** once you're at your device: a new key is made then, and only you will see it. This offer ends <t:1800259200:R>.
    [Get my key] primary v1:claim:42  [Cancel request] secondary v1:cancel:42
    ");
}

#[test]
fn a_failed_letter_says_that_there_is_nothing_to_do() {
    insta::assert_snapshot!(shown(&request(failed())), @"
    ❗ Your request for `laptop` is approved, but the key couldn't be made.
    ┌ Your device request #42 · laptop
    │ Headscale refused the bot's API key: it's wrong, expired or revoked.
    │ The approvers have been told and can try again. You don't need to do anything.
    [Cancel request] secondary v1:cancel:42
    ");
}

#[test]
fn a_joined_letter_says_online_and_holds_no_key() {
    insta::assert_snapshot!(shown(&request(joined(Naming::Settled, None))), @"
    ✅ `laptop` is online as `100.64.0.7`, `fd7a:115c:a1e0::7`.
    ┌ Your device request #42 · laptop
    │ The key has done its job and is gone from this message.
    ");
}

#[test]
fn a_joined_letter_tells_that_the_name_was_refused() {
    let request = request(joined(
        Naming::Refused {
            cause: Problem::HeadscaleConflict(String::new()),
        },
        None,
    ));
    insta::assert_snapshot!(shown(&request), @"
    ✅ `laptop` is online as `100.64.0.7`, `fd7a:115c:a1e0::7`.
    ┌ Your device request #42 · laptop
    │ The key has done its job and is gone from this message.
    │ It couldn't be named `laptop`. The name is already taken in Headscale.
    ");
}

#[test]
fn a_joined_letter_says_that_access_is_being_revoked() {
    insta::assert_snapshot!(shown(&request(joined(Naming::Settled, Some(carol())))), @"
    🚫 Your access for `laptop` is being revoked.
    ┌ Your device request #42 · laptop
    │ Requested by <@80351110224678912>.
    ");
}

#[test]
fn a_letter_says_that_the_device_was_never_found() {
    insta::assert_snapshot!(shown(&request(lost())), @"
    ❔ Your key for `laptop` has been used, but the device wasn't found.
    ┌ Your device request #42 · laptop
    │ The bot no longer looks for it. If your device isn't in the network, you can ask again with `/request-device`.
    ");
}

#[test]
fn a_denied_letter_says_who_and_why_and_when_to_ask_again() {
    insta::assert_snapshot!(shown(&request(denied("not a *work* device"))), @r"
    ⛔ Your request for `laptop` was denied.
    ┌ Your device request #42 · laptop
    │ Denied by <@80351110224678912>.
    │ > not a \*work\* device
    │ You can ask again <t:1800003660:R>.
    ");
}

#[test]
fn a_denied_letter_without_a_reason_says_so() {
    insta::assert_snapshot!(shown(&request(denied(""))), @"
    ⛔ Your request for `laptop` was denied.
    ┌ Your device request #42 · laptop
    │ Denied by <@80351110224678912>. They didn't give a reason; you can ask them.
    │ You can ask again <t:1800003660:R>.
    ");
}

#[test]
fn a_cancelled_letter_is_over() {
    insta::assert_snapshot!(shown(&request(State::Cancelled)), @"
    ↩️ Your request for `laptop` is cancelled.
    ┌ Your device request #42 · laptop
    │ You cancelled it. You can ask again with `/request-device`.
    ");
}

#[test]
fn an_expired_letter_says_that_nobody_decided() {
    insta::assert_snapshot!(shown(&request(expired(false))), @"
    💤 Your request for `laptop` has expired.
    ┌ Your device request #42 · laptop
    │ Nobody decided in time. You can ask again with `/request-device`.
    ");
}

#[test]
fn an_expired_letter_says_that_nobody_joined() {
    insta::assert_snapshot!(shown(&request(expired(true))), @"
    💤 Your request for `laptop` has expired.
    ┌ Your device request #42 · laptop
    │ It was approved, but no device joined in time. You can ask again with `/request-device`.
    ");
}

#[test]
fn a_revoked_letter_says_by_whom() {
    insta::assert_snapshot!(shown(&request(revoked())), @"
    🚫 Your access for `laptop` has been revoked.
    ┌ Your device request #42 · laptop
    │ Revoked by <@80351110224678912> <t:1800000060:R>. Your access has ended: no key works any more, and if the device had joined, it has been signed out or removed from the network.
    ");
}

#[test]
fn without_a_cool_down_a_denied_member_may_ask_at_once() {
    let mut rules = rules();
    rules.requests.cooldown_after_denial = Duration::ZERO;
    let shown = read(&letter(&request(denied("no")), &rules));
    assert!(shown.contains("You can ask again at any time."), "{shown}");
}

#[test]
fn every_face_of_the_letter_replaces_text_steps_buttons_and_picture() {
    for state in every_state() {
        let rendered = letter(&request(state), &rules());
        assert!(rendered.attachment.is_none());
        let edit = serde_json::to_value(rendered.edit()).unwrap();
        assert!(!edit["content"].as_str().unwrap().is_empty(), "{edit}");
        assert_eq!(edit["embeds"].as_array().unwrap().len(), 1, "{edit}");
        assert!(edit["components"].is_array(), "{edit}");
        assert_eq!(edit["attachments"], serde_json::json!([]), "{edit}");
    }
}

#[test]
fn a_notice_calls_the_requester_without_details() {
    let mut request = request(claimable(ClaimReason::DirectMessagesClosed));
    request.letter = closed();
    insta::assert_snapshot!(read(&notice(&request)), @r#"
    <@175928847299117063>, something is ready for you (request #42). Press the button; only you will see the answer.
    [Get my key] primary v1:claim:42
    pings roles [] members ["175928847299117063"]
    "#);
}

#[test]
fn a_settled_notice_pings_nobody() {
    let mut request = request(joined(Naming::Settled, None));
    request.notice = posted();
    insta::assert_snapshot!(read(&notice(&request)), @"<@175928847299117063>, there is nothing left to collect here (request #42).");
}

#[test]
fn no_notice_tells_the_channel_about_device_or_decision() {
    for state in every_state() {
        let shown = read(&notice(&request(state)));
        for detail in ["laptop", "denied", "revoked", "100.64", "carol", "work"] {
            assert!(!shown.replace("worked on", "").contains(detail), "{shown}");
        }
    }
}
