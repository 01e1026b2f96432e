//! The letter, status by status, and the two faces that hold a key.

use std::time::Duration;

use headscale_usher::domain::{ClaimReason, Handover, Naming, Platform, State};
use headscale_usher::view::{Face, ShownKey, Terms, claim_answer, letter, letter_with_key, notice};
use secrecy::SecretString;

use crate::people::{
    approved, at, bob, by_claim, claimable, closed, delivered, denied, every_state, expired,
    failed, issuing, joined, pending, posted, request, revoked, terms,
};
use crate::reading::{json, read};

const KEY: &str =
    "hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567";

fn with_key(platform: Platform) -> Face {
    let mut request = request(issuing(Handover::Letter));
    request.platform = platform;
    let secret = SecretString::from(KEY);
    let key = ShownKey {
        secret: &secret,
        expires_at: at(3660),
    };
    letter_with_key(&request, &terms(), &key).unwrap()
}

#[test]
fn a_waiting_letter_says_so() {
    let request = request(pending());
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    ⏳ Your request for `laptop` waits for a decision.
    ┌ Your device request #42 · laptop
    │ It expires <t:1800086400:R>.
    ");
}

#[test]
fn an_approved_letter_holds_no_key_yet() {
    let request = request(approved());
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    ✅ Your request for `laptop` is approved.
    ┌ Your device request #42 · laptop
    │ Approved by <@80351110224678912>. Your key is being made and will appear in this message.
    ");
}

#[test]
fn an_issuing_letter_reads_like_an_approved_one() {
    let request = request(issuing(Handover::Letter));
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    ✅ Your request for `laptop` is approved.
    ┌ Your device request #42 · laptop
    │ Approved by <@80351110224678912>. Your key is being made and will appear in this message.
    ");
}

#[test]
fn a_delivered_letter_without_its_key_says_that_it_was_shown() {
    let request = request(delivered(Handover::Letter, false, None));
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    📨 A key for `laptop` has been made.
    ┌ Your device request #42 · laptop
    │ A key is shown only once. It expires <t:1800003660:R>.
    ");
}

#[test]
fn a_used_key_is_gone_from_the_letter() {
    let request = request(delivered(Handover::Letter, true, None));
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    📨 The key for `laptop` has been used.
    ┌ Your device request #42 · laptop
    │ It works once, so it has been removed from here. Your device should be online in a moment.
    ");
}

#[test]
fn a_collected_key_can_be_collected_again() {
    let request = request(delivered(by_claim(), false, None));
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    📨 You have collected your key for `laptop`.
    ┌ Your device request #42 · laptop
    │ It expires <t:1800003660:R>. Lost it? Press **Get my key** for a new one; the old one stops working first.
    [Get my key] primary v1:claim:42
    ");
}

#[test]
fn a_letter_says_that_access_is_being_revoked() {
    let request = request(delivered(Handover::Letter, false, Some(bob())));
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    🚫 Your access for `laptop` is being revoked.
    ┌ Your device request #42 · laptop
    │ <@80351110224678912> asked for it. What this request gave is being taken back.
    ");
}

#[test]
fn a_claimable_letter_has_the_button() {
    let request = request(claimable(ClaimReason::DirectMessagesClosed));
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    🔔 Your key for `laptop` waits to be collected.
    ┌ Your device request #42 · laptop
    │ It could not be sent to you in a direct message. Press **Get my key** when you are at your device: a new key is made then, for your eyes only. This offer ends <t:1800259200:R>.
    [Get my key] primary v1:claim:42
    ");
}

#[test]
fn a_lapsed_letter_has_the_button() {
    let request = request(claimable(ClaimReason::KeyLapsed));
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    🔔 Your key for `laptop` lapsed before it was used.
    ┌ Your device request #42 · laptop
    │ That key does not work any more. Press **Get my key** when you are at your device: a new key is made then, for your eyes only. This offer ends <t:1800259200:R>.
    [Get my key] primary v1:claim:42
    ");
}

#[test]
fn a_failed_letter_says_that_there_is_nothing_to_do() {
    let request = request(failed());
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    ❗ Your request for `laptop` is approved, but its key could not be made.
    ┌ Your device request #42 · laptop
    │ Headscale does not accept the bot\'s API key\.
    │ The approvers have been told and can try again. There is nothing for you to do.
    ");
}

#[test]
fn a_joined_letter_says_online_and_holds_no_key() {
    let request = request(joined(Naming::Settled, None));
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    ✅ `laptop` is online as `100.64.0.7`, `fd7a:115c:a1e0::7`.
    ┌ Your device request #42 · laptop
    │ The key has done its work and is gone from this message.
    ");
}

#[test]
fn a_joined_letter_tells_that_the_name_was_refused() {
    let request = request(joined(
        Naming::Refused {
            cause: "the name is taken".to_owned(),
        },
        None,
    ));
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    ✅ `laptop` is online as `100.64.0.7`, `fd7a:115c:a1e0::7`.
    ┌ Your device request #42 · laptop
    │ The key has done its work and is gone from this message.
    │ It could not be given the name `laptop`: the name is taken
    ");
}

#[test]
fn a_joined_letter_says_that_access_is_being_revoked() {
    let request = request(joined(Naming::Settled, Some(bob())));
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    🚫 Your access for `laptop` is being revoked.
    ┌ Your device request #42 · laptop
    │ <@80351110224678912> asked for it. What this request gave is being taken back.
    ");
}

#[test]
fn a_denied_letter_says_who_and_why_and_when_to_ask_again() {
    let request = request(denied("not a *work* device"));
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    ⛔ Your request for `laptop` was denied.
    ┌ Your device request #42 · laptop
    │ Denied by <@80351110224678912>.
    │ > not a \*work\* device
    │ You may ask again <t:1800003660:R>.
    ");
}

#[test]
fn a_denied_letter_without_a_reason_says_so() {
    let request = request(denied(""));
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    ⛔ Your request for `laptop` was denied.
    ┌ Your device request #42 · laptop
    │ Denied by <@80351110224678912>. No reason was given; you may ask them.
    │ You may ask again <t:1800003660:R>.
    ");
}

#[test]
fn a_cancelled_letter_is_over() {
    let request = request(State::Cancelled);
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    ↩️ Your request for `laptop` is cancelled.
    ┌ Your device request #42 · laptop
    │ You cancelled it. You may ask again with `/request-device`.
    ");
}

#[test]
fn an_expired_letter_says_that_nobody_decided() {
    let request = request(expired(false));
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    💤 Your request for `laptop` has expired.
    ┌ Your device request #42 · laptop
    │ Nobody decided in time. Please ask again with `/request-device`.
    ");
}

#[test]
fn an_expired_letter_says_that_nobody_joined() {
    let request = request(expired(true));
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    💤 Your request for `laptop` has expired.
    ┌ Your device request #42 · laptop
    │ It was approved, but no device joined in time. Please ask again with `/request-device`.
    ");
}

#[test]
fn a_revoked_letter_says_by_whom() {
    let request = request(revoked());
    insta::assert_snapshot!(read(&letter(&request, &terms())), @r"
    🚫 Your access for `laptop` has been revoked.
    ┌ Your device request #42 · laptop
    │ Revoked by <@80351110224678912> <t:1800000060:R>. What this request gave has been taken back: its key does not work any more.
    ");
}

#[test]
fn the_steps_for_linux_are_complete() {
    insta::assert_snapshot!(read(&with_key(Platform::Linux)), @r"
    🔑 Your VPN key for `laptop`:
    ```
    hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
    ```
    ┌ Your device request #42 · laptop
    │ **Put `laptop` on the network**
    │ **1.** Install Tailscale: https://tailscale.com/download/linux
    │ **2.** Open a terminal and run:
    │ ```sh
    │ sudo tailscale up --login-server https://headscale.example.org --auth-key hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
    │ ```
    │ -# Already in another Tailscale network? Write `login` in the place of `up`.
    ├ The picture
    │ The code holds the same VPN key, as text. It is not a login: scanning it signs you in nowhere. If your device cannot open this message, read the code with the phone's camera app, copy the text and paste it where the Tailscale app asks for an auth key.
    ├ Keep it to yourself
    │ The key works once, until <t:1800003660:f> (<t:1800003660:R>). Whoever has it can join the network in your name: never share it, with nobody. No approver will ask you for it.
    ├ And then
    │ When your device is online, or when the key's time is over, the key goes from this message.
    └ picture attachment://usher-key.png
    file usher-key.png: QR code with the VPN key for laptop as plain text. The same key stands in the message. It is not a login code.
    ");
}

#[test]
fn the_steps_for_macos_are_complete() {
    insta::assert_snapshot!(read(&with_key(Platform::Macos)), @r"
    🔑 Your VPN key for `laptop`:
    ```
    hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
    ```
    ┌ Your device request #42 · laptop
    │ **Put `laptop` on the network**
    │ **1.** Install Tailscale: https://tailscale.com/download/mac
    │ **2.** Open Terminal and run:
    │ ```sh
    │ tailscale login --login-server https://headscale.example.org --auth-key hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
    │ ```
    │ -# Terminal does not know `tailscale`? Write `/Applications/Tailscale.app/Contents/MacOS/Tailscale` in its place.
    ├ The picture
    │ The code holds the same VPN key, as text. It is not a login: scanning it signs you in nowhere. If your device cannot open this message, read the code with the phone's camera app, copy the text and paste it where the Tailscale app asks for an auth key.
    ├ Keep it to yourself
    │ The key works once, until <t:1800003660:f> (<t:1800003660:R>). Whoever has it can join the network in your name: never share it, with nobody. No approver will ask you for it.
    ├ And then
    │ When your device is online, or when the key's time is over, the key goes from this message.
    └ picture attachment://usher-key.png
    file usher-key.png: QR code with the VPN key for laptop as plain text. The same key stands in the message. It is not a login code.
    ");
}

#[test]
fn the_steps_for_windows_are_complete() {
    insta::assert_snapshot!(read(&with_key(Platform::Windows)), @r"
    🔑 Your VPN key for `laptop`:
    ```
    hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
    ```
    ┌ Your device request #42 · laptop
    │ **Put `laptop` on the network**
    │ **1.** Install Tailscale: https://tailscale.com/download/windows (close its sign-in window)
    │ **2.** Open Command Prompt or PowerShell and run:
    │ ```
    │ tailscale login --login-server https://headscale.example.org --auth-key hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
    │ ```
    ├ The picture
    │ The code holds the same VPN key, as text. It is not a login: scanning it signs you in nowhere. If your device cannot open this message, read the code with the phone's camera app, copy the text and paste it where the Tailscale app asks for an auth key.
    ├ Keep it to yourself
    │ The key works once, until <t:1800003660:f> (<t:1800003660:R>). Whoever has it can join the network in your name: never share it, with nobody. No approver will ask you for it.
    ├ And then
    │ When your device is online, or when the key's time is over, the key goes from this message.
    └ picture attachment://usher-key.png
    file usher-key.png: QR code with the VPN key for laptop as plain text. The same key stands in the message. It is not a login code.
    ");
}

#[test]
fn the_steps_for_android_are_complete() {
    insta::assert_snapshot!(read(&with_key(Platform::Android)), @r"
    🔑 Your VPN key for `laptop`:
    ```
    hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
    ```
    ┌ Your device request #42 · laptop
    │ **Put `laptop` on the network**
    │ **1.** Install Tailscale from Google Play or F-Droid and open it.
    │ **2.** Settings menu (upper right) → **Accounts** → ⋮ → **Use an alternate server**. Enter:
    │ ```
    │ https://headscale.example.org
    │ ```
    │ If a login page opens, close it.
    │ **3.** Settings menu → **Accounts** → ⋮ → **Use an auth key**. Paste the key from above.
    │ **4.** If the main screen still offers **Log in**, tap it.
    ├ The picture
    │ The code holds the same VPN key, as text. It is not a login: scanning it signs you in nowhere. If your device cannot open this message, read the code with the phone's camera app, copy the text and paste it where the Tailscale app asks for an auth key.
    ├ Keep it to yourself
    │ The key works once, until <t:1800003660:f> (<t:1800003660:R>). Whoever has it can join the network in your name: never share it, with nobody. No approver will ask you for it.
    ├ And then
    │ When your device is online, or when the key's time is over, the key goes from this message.
    └ picture attachment://usher-key.png
    file usher-key.png: QR code with the VPN key for laptop as plain text. The same key stands in the message. It is not a login code.
    ");
}

#[test]
fn the_steps_for_ios_are_complete() {
    insta::assert_snapshot!(read(&with_key(Platform::Ios)), @r"
    🔑 Your VPN key for `laptop`:
    ```
    hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
    ```
    ┌ Your device request #42 · laptop
    │ **Put `laptop` on the network**
    │ **1.** Install Tailscale from the App Store and open it.
    │ **2.** Account icon (top right) → **Log in…** → options menu (top right) → **Use custom coordination server**. Enter:
    │ ```
    │ https://headscale.example.org
    │ ```
    │ If a login page opens, close it.
    │ **3.** Account icon → **Accounts** → options menu → **Use an auth key**. Paste the key from above.
    │ -# Not every version of the app takes an auth key. If yours shows no such entry, tell an approver.
    ├ The picture
    │ The code holds the same VPN key, as text. It is not a login: scanning it signs you in nowhere. If your device cannot open this message, read the code with the phone's camera app, copy the text and paste it where the Tailscale app asks for an auth key.
    ├ Keep it to yourself
    │ The key works once, until <t:1800003660:f> (<t:1800003660:R>). Whoever has it can join the network in your name: never share it, with nobody. No approver will ask you for it.
    ├ And then
    │ When your device is online, or when the key's time is over, the key goes from this message.
    └ picture attachment://usher-key.png
    file usher-key.png: QR code with the VPN key for laptop as plain text. The same key stands in the message. It is not a login code.
    ");
}

#[test]
fn the_steps_for_other_are_complete() {
    insta::assert_snapshot!(read(&with_key(Platform::Other)), @r"
    🔑 Your VPN key for `laptop`:
    ```
    hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
    ```
    ┌ Your device request #42 · laptop
    │ **Put `laptop` on the network**
    │ **1.** In your Tailscale client, set the login server (some call it control or coordination server):
    │ ```
    │ https://headscale.example.org
    │ ```
    │ **2.** Sign in with the auth key from above. On a command line both go together:
    │ ```
    │ tailscale up --login-server https://headscale.example.org --auth-key hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
    │ ```
    ├ The picture
    │ The code holds the same VPN key, as text. It is not a login: scanning it signs you in nowhere. If your device cannot open this message, read the code with the phone's camera app, copy the text and paste it where the Tailscale app asks for an auth key.
    ├ Keep it to yourself
    │ The key works once, until <t:1800003660:f> (<t:1800003660:R>). Whoever has it can join the network in your name: never share it, with nobody. No approver will ask you for it.
    ├ And then
    │ When your device is online, or when the key's time is over, the key goes from this message.
    └ picture attachment://usher-key.png
    file usher-key.png: QR code with the VPN key for laptop as plain text. The same key stands in the message. It is not a login code.
    ");
}

#[test]
fn a_key_collected_in_person_comes_with_the_same_steps_and_picture() {
    let request = request(issuing(by_claim()));
    let secret = SecretString::from(KEY);
    let key = ShownKey {
        secret: &secret,
        expires_at: at(3660),
    };
    insta::assert_snapshot!(read(&claim_answer(&request, &terms(), &key).unwrap()), @r"
    🔑 Your VPN key for `laptop`:
    ```
    hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
    ```
    ┌ Your device request #42 · laptop
    │ **Put `laptop` on the network**
    │ **1.** Install Tailscale: https://tailscale.com/download/linux
    │ **2.** Open a terminal and run:
    │ ```sh
    │ sudo tailscale up --login-server https://headscale.example.org --auth-key hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
    │ ```
    │ -# Already in another Tailscale network? Write `login` in the place of `up`.
    ├ The picture
    │ The code holds the same VPN key, as text. It is not a login: scanning it signs you in nowhere. If your device cannot open this message, read the code with the phone's camera app, copy the text and paste it where the Tailscale app asks for an auth key.
    ├ Keep it to yourself
    │ The key works once, until <t:1800003660:f> (<t:1800003660:R>). Whoever has it can join the network in your name: never share it, with nobody. No approver will ask you for it.
    ├ And then
    │ Only you can see this message. It is not kept: use the key now, or press **Get my key** again for a new one, which ends this one.
    └ picture attachment://usher-key.png
    file usher-key.png: QR code with the VPN key for laptop as plain text. The same key stands in the message. It is not a login code.
    ");
}

#[test]
fn without_a_cool_down_a_denied_member_may_ask_at_once() {
    let terms = Terms {
        cooldown_after_denial: Duration::ZERO,
        ..terms()
    };
    let shown = read(&letter(&request(denied("no")), &terms));
    assert!(shown.contains("You may ask again at any time."), "{shown}");
}

#[test]
fn every_face_of_the_letter_replaces_text_steps_buttons_and_picture() {
    for state in every_state() {
        let face = letter(&request(state), &terms());
        assert!(face.attachment.is_none());
        let edit = serde_json::to_value(face.edit()).unwrap();
        assert!(!edit["content"].as_str().unwrap().is_empty(), "{edit}");
        assert_eq!(edit["embeds"].as_array().unwrap().len(), 1, "{edit}");
        assert!(edit["components"].is_array(), "{edit}");
        assert_eq!(edit["attachments"], serde_json::json!([]), "{edit}");
    }
}

#[test]
fn the_key_stands_alone_in_a_block_and_in_no_name_or_debug_output() {
    for platform in Platform::ALL {
        let face = with_key(platform);
        let message = json(&face);
        let content = message["content"].as_str().unwrap();
        assert!(content.contains(&format!("```\n{KEY}\n```")), "{content}");
        assert!(!message["attachments"].to_string().contains(KEY));
        assert!(!message["components"].to_string().contains(KEY));
        assert!(!format!("{face:?}").contains("hskey"));
    }
}

#[test]
fn a_key_that_would_break_out_of_its_block_is_not_shown() {
    let request = request(issuing(Handover::Letter));
    for odd in ["", "a b", "a`b", "a\nb", "'; rm -rf ~'", &"k".repeat(301)] {
        let secret = SecretString::from(odd);
        let key = ShownKey {
            secret: &secret,
            expires_at: at(3660),
        };
        assert!(letter_with_key(&request, &terms(), &key).is_err(), "{odd}");
    }
}

#[test]
fn a_notice_calls_the_requester_without_details() {
    let mut request = request(claimable(ClaimReason::DirectMessagesClosed));
    request.letter = closed();
    insta::assert_snapshot!(read(&notice(&request)), @r#"
    <@175928847299117063>, something is ready for you (request #42). Press the button: only you will see the answer.
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
        for detail in ["laptop", "denied", "revoked", "100.64", "bob", "work"] {
            assert!(!shown.replace("worked on", "").contains(detail), "{shown}");
        }
    }
}
