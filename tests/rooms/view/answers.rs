//! Private answers, status by status, and the form behind *Deny…*.

use super::people::{pending, request, rules};
use super::reading::read;
use crate::domain::RequestId;
use crate::support::states;
use crate::view::{already_decided, deny_form, error_with_id, submitted};

#[test]
fn a_new_request_reads_the_same_before_its_card_is_there() {
    let mut request = request(pending());
    request.card.place = None;
    insta::assert_snapshot!(read(&submitted(&request, &rules())), @"
    ⏳ Request #42 (`laptop`) is saved and goes straight to the approvers. You'll get a direct message once they've decided. It expires <t:1800086400:R>.
    [Cancel request] secondary v1:cancel:42
    ");
}

#[test]
fn a_new_request_can_be_cancelled() {
    let request = request(pending());
    insta::assert_snapshot!(read(&submitted(&request, &rules())), @"
    ⏳ Request #42 (`laptop`) is saved and goes straight to the approvers. You'll get a direct message once they've decided. It expires <t:1800086400:R>.
    [Cancel request] secondary v1:cancel:42
    ");
}

#[test]
fn a_request_that_no_approver_can_see_yet_is_kept() {
    let mut request = request(pending());
    request.card.place = None;
    request.card.backoff.attempts = 1;
    insta::assert_snapshot!(read(&submitted(&request, &rules())), @"
    ⏳ Request #42 (`laptop`) is saved, but I couldn't post it for the approvers yet. I'll keep trying; you don't need to do anything. It expires <t:1800086400:R>.
    [Cancel request] secondary v1:cancel:42
    ");
}

#[test]
fn the_answer_to_the_command_follows_the_request() {
    let shown = |(name, state)| format!("{name}: {}", read(&submitted(&request(state), &rules())));
    let shown: Vec<_> = states::all().into_iter().map(shown).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    pending: ⏳ Request #42 (`laptop`) is saved and goes straight to the approvers. You'll get a direct message once they've decided. It expires <t:1800086400:R>.
    [Cancel request] secondary v1:cancel:42
    approved: ✅ Request #42 (`laptop`) is approved. Your key is coming in a direct message.
    [Cancel request] secondary v1:cancel:42
    claimable: 🔔 Request #42 (`laptop`) is approved. Press **Get my key** once you're at your device. This offer ends <t:1800259200:R>.
    [Get my key] primary v1:claim:42  [Cancel request] secondary v1:cancel:42
    claimable, left: 🔔 Request #42 (`laptop`) is approved. Press **Get my key** once you're at your device. This offer ends <t:1800259200:R>.
    [Get my key] primary v1:claim:42  [Cancel request] secondary v1:cancel:42
    claimable, lapsed: 🔔 Request #42 (`laptop`) is approved. Press **Get my key** once you're at your device. This offer ends <t:1800259200:R>.
    [Get my key] primary v1:claim:42  [Cancel request] secondary v1:cancel:42
    failed: ❗ Request #42 (`laptop`) is approved, but your key couldn't be made yet. The approvers have been told.
    [Cancel request] secondary v1:cancel:42
    failed, not called: ❗ Request #42 (`laptop`) is approved, but your key couldn't be made yet. The approvers will be told.
    [Cancel request] secondary v1:cancel:42
    issuing: ✅ Request #42 (`laptop`) is approved. Your key is being made.
    [Cancel request] secondary v1:cancel:42
    issuing, key: ✅ Request #42 (`laptop`) is approved. Your key is being made.
    [Cancel request] secondary v1:cancel:42
    issuing, link: ✅ Request #42 (`laptop`) is approved. Your key is being made.
    [Cancel request] secondary v1:cancel:42
    issuing, link, node: ✅ Request #42 (`laptop`) is approved. Your key is being made.
    [Cancel request] secondary v1:cancel:42
    issuing, claim: ✅ Request #42 (`laptop`) is approved. Your key is being made.
    [Cancel request] secondary v1:cancel:42
    issuing, revoking: ✅ Request #42 (`laptop`) is approved. Your key is being made.
    issuing, cancelling: ↩️ Request #42 (`laptop`) is being cancelled, unless it's done already.
    issuing, claim, key: ✅ Request #42 (`laptop`) is approved. Your key is being made.
    [Cancel request] secondary v1:cancel:42
    delivered: 📨 Request #42 (`laptop`) is approved. Your key is in your direct messages.
    delivered, revoking: 🚫 Request #42 (`laptop`) is being revoked.
    delivered, used: 📨 Request #42 (`laptop`): your key has been used. Your device should be online in a moment.
    delivered, used, revoking: 🚫 Request #42 (`laptop`) is being revoked.
    delivered, claim: 📨 Request #42 (`laptop`): you've collected your key. Lost it? Press **Get my key** for a new one.
    [Get my key] primary v1:claim:42
    delivered, claim, revoking: 🚫 Request #42 (`laptop`) is being revoked.
    delivered, claim, used: 📨 Request #42 (`laptop`): your key has been used. Your device should be online in a moment.
    joined: ✅ Request #42 (`laptop`): your device is online.
    joined, revoking: 🚫 Request #42 (`laptop`) is being revoked.
    joined, unnamed: ✅ Request #42 (`laptop`): your device is online.
    joined, unnamed, revoking: 🚫 Request #42 (`laptop`) is being revoked.
    joined, name refused: ✅ Request #42 (`laptop`): your device is online.
    joined, link: ✅ Request #42 (`laptop`): your device is online.
    joined, expired: 👋 Request #42 (`laptop`): your device is no longer in the network.
    joined, removed: 👋 Request #42 (`laptop`): your device is no longer in the network.
    lost: ❔ Request #42 (`laptop`): your key has been used, but the device wasn't found.
    denied: ⛔ Request #42 (`laptop`) was denied by <@80351110224678912>.
    denied, reason: ⛔ Request #42 (`laptop`) was denied by <@80351110224678912>.
    > not a work device
    cancelled: ↩️ Request #42 (`laptop`) is cancelled.
    expired: 💤 Request #42 (`laptop`) has expired. You can ask again with `/request-device`.
    expired, approved: 💤 Request #42 (`laptop`) has expired. You can ask again with `/request-device`.
    revoked: 🚫 Request #42 (`laptop`) was revoked by <@80351110224678912>.
    ");
}

#[test]
fn whoever_comes_second_is_told_what_happened() {
    let shown = |(name, state)| format!("{name}: {}", read(&already_decided(&request(state))));
    let shown: Vec<_> = states::all().into_iter().map(shown).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    pending: Request #42: nobody has decided yet. Your click changed nothing.
    approved: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    claimable: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    claimable, left: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    claimable, lapsed: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    failed: Request #42: this was approved, but failed <t:1800000060:R>. Your click changed nothing.
    failed, not called: Request #42: this was approved, but failed <t:1800000060:R>. Your click changed nothing.
    issuing: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    issuing, key: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    issuing, link: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    issuing, link, node: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    issuing, claim: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    issuing, revoking: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    issuing, cancelling: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    issuing, claim, key: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    delivered: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    delivered, revoking: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    delivered, used: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    delivered, used, revoking: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    delivered, claim: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    delivered, claim, revoking: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    delivered, claim, used: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    joined: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    joined, revoking: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    joined, unnamed: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    joined, unnamed, revoking: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    joined, name refused: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    joined, link: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    joined, expired: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    joined, removed: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    lost: Request #42: its key was used, but the device wasn't found. The bot stopped looking <t:1800000060:R>. Your click changed nothing.
    denied: Request #42: <@80351110224678912> denied this <t:1800000060:R>. Your click changed nothing.
    denied, reason: Request #42: <@80351110224678912> denied this <t:1800000060:R>. Your click changed nothing.
    cancelled: Request #42: <@175928847299117063> cancelled this <t:1800000060:R>. Your click changed nothing.
    expired: Request #42: this expired <t:1800000060:R>. Your click changed nothing.
    expired, approved: Request #42: <@80351110224678912> approved this <t:1800000030:R>. Your click changed nothing.
    revoked: Request #42: <@80351110224678912> revoked this <t:1800000060:R>. Your click changed nothing.
    ");
}

#[test]
fn a_fault_of_ours_has_an_id_and_nothing_else() {
    insta::assert_snapshot!(read(&error_with_id("7f3a")), @"Something went wrong on our side (error id `7f3a`). Try again in a moment; if it keeps happening, tell an approver that id.");
}

#[test]
fn every_answer_is_for_one_persons_eyes() {
    let rendered = submitted(&request(pending()), &rules());
    let answer = serde_json::to_value(rendered.clone().answer()).unwrap();
    assert_eq!(answer["flags"], 64);
    assert_eq!(answer["allowed_mentions"]["parse"], serde_json::json!([]));
    let later = serde_json::to_value(rendered.edit_answer()).unwrap();
    assert_eq!(later["allowed_mentions"]["parse"], serde_json::json!([]));
    assert_eq!(later["attachments"], serde_json::json!([]));
}

#[test]
fn the_form_asks_for_an_optional_reason_within_discords_limits() {
    let form = serde_json::to_value(deny_form(RequestId(i64::MAX))).unwrap();
    assert!(form["title"].as_str().unwrap().chars().count() <= 45);
    assert_eq!(form["custom_id"], "v1:deny-form:9223372036854775807");
    let input = &form["components"][0]["components"][0];
    assert!(input["label"].as_str().unwrap().chars().count() <= 45);
    assert_eq!(input["custom_id"], "reason");
    assert_eq!(input["max_length"], 400);
    assert_eq!(input["required"], false);
    assert_eq!(input["style"], 2);
}
