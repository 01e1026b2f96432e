//! The two messages that hold a key: the steps of every platform, the picture, and nothing that leaks.

use secrecy::SecretString;
use strum::IntoEnumIterator as _;

use super::people::{by_claim, issuing, moment, request, rules};
use super::reading::{json, read};
use crate::domain::{Handover, Platform};
use crate::view::{Rendered, ShownKey, claim_answer, letter_with_key};

const KEY: &str =
    "hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567";

/// The text around the steps, which is the same on every platform.
const BEFORE: &str = "\
🔑 Your key for `laptop`:
```
hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
```
┌ Your device request #42 · laptop
│ This key adds **laptop** to the private network. It works once and expires <t:1800003660:R> (<t:1800003660:f>).
";
const AFTER: &str = "\
│ -# Don't share it: whoever uses the key joins in your name. No approver will ever ask you for it.
│ -# The QR code holds the same key as plain text; it isn't a login code. To get the key onto another device, scan the code with its camera app and copy the text.
";
const PICTURE: &str = "└ picture attachment://usher-key.png
file usher-key.png: QR code with the key for laptop as plain text. The message contains the same key. It isn't a \
    login code.";

fn with_key(platform: Platform) -> Rendered {
    let mut request = request(issuing(Handover::Letter));
    request.platform = platform;
    let secret = SecretString::from(KEY);
    let key = ShownKey {
        secret: &secret,
        expires_at: moment(3660),
    };
    letter_with_key(&request, &rules(), &key).unwrap()
}

/// The steps and the closing note; what stands around them has to be there.
fn steps(rendered: &Rendered) -> String {
    let shown = read(rendered);
    let rest = shown.strip_prefix(BEFORE).expect(&shown);
    let (steps, note) = rest.split_once(AFTER).expect(&shown);
    let note = note.strip_suffix(PICTURE).expect(&shown);
    format!("{steps}{note}")
        .replace(KEY, "KEY")
        .trim_end()
        .to_owned()
}

#[test]
fn the_steps_for_linux_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Linux)), @"
    │ 1. Install Tailscale: https://tailscale.com/download/linux
    │ 2. Open a terminal and run:
    │ ```sh
    │ sudo tailscale up --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ -# Already in another Tailscale network? Use `tailscale login` instead of `tailscale up`.
    │ -# The key is removed from this message once your device is online or the key expires.
    ");
}

#[test]
fn the_steps_for_macos_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Macos)), @"
    │ 1. Install Tailscale: https://tailscale.com/download/mac
    │ 2. Open Terminal and run:
    │ ```sh
    │ tailscale login --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ -# If Terminal doesn't know `tailscale`, use `/Applications/Tailscale.app/Contents/MacOS/Tailscale` instead.
    │ -# The key is removed from this message once your device is online or the key expires.
    ");
}

#[test]
fn the_steps_for_windows_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Windows)), @"
    │ 1. Install Tailscale: https://tailscale.com/download/windows. Close the sign-in window that opens.
    │ 2. Open Command Prompt or PowerShell and run:
    │ ```
    │ tailscale login --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ -# The key is removed from this message once your device is online or the key expires.
    ");
}

#[test]
fn the_steps_for_android_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Android)), @"
    │ 1. Install Tailscale from Google Play or F-Droid, and open it.
    │ 2. Tap the settings menu (top right) → **Accounts** → ⋮ → **Use an alternate server**, and enter this network's address:
    │ ```
    │ https://headscale.example.org
    │ ```
    │ 3. If a login page opens, close it.
    │ 4. Tap the settings menu → **Accounts** → ⋮ → **Use an auth key**, and paste the key above.
    │ 5. If the main screen still shows **Log in**, tap it.
    │ -# The key is removed from this message once your device is online or the key expires.
    ");
}

#[test]
fn the_steps_for_ios_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Ios)), @"
    │ 1. Install Tailscale from the App Store, and open it.
    │ 2. Tap the account icon (top right) → **Log in…** → the options menu (top right) → **Use custom coordination server**, and enter this network's address:
    │ ```
    │ https://headscale.example.org
    │ ```
    │ 3. If a login page opens, close it.
    │ 4. Tap the account icon → **Accounts** → the options menu → **Use an auth key**, and paste the key above.
    │ -# The key is removed from this message once your device is online or the key expires.
    ");
}

#[test]
fn the_steps_for_tv_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Tv)), @"
    │ 1. Install Tailscale on the TV.
    │ 2. Enter this network's address. Apple TV: **Settings** → **Apps** → **Tailscale** → **ALTERNATE COORDINATION SERVER URL**. Android TV: ⋮ → **Use an alternate server**.
    │ ```
    │ https://headscale.example.org
    │ ```
    │ 3. If the app asks for an auth key, type the key above.
    │ -# The key is removed from this message once your device is online or the key expires.
    ");
}

#[test]
fn the_steps_for_other_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Other)), @"
    │ 1. In your Tailscale client, set this network's address. The setting may be called login, control or coordination server.
    │ ```
    │ https://headscale.example.org
    │ ```
    │ 2. Sign in with the key above, which the client may call an auth key. On a command line, do both at once:
    │ ```
    │ tailscale up --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ -# The key is removed from this message once your device is online or the key expires.
    ");
}

#[test]
fn a_key_collected_in_person_comes_with_the_same_steps_and_picture() {
    let request = request(issuing(by_claim()));
    let secret = SecretString::from(KEY);
    let key = ShownKey {
        secret: &secret,
        expires_at: moment(3660),
    };
    insta::assert_snapshot!(steps(&claim_answer(&request, &rules(), &key).unwrap()), @"
    │ 1. Install Tailscale: https://tailscale.com/download/linux
    │ 2. Open a terminal and run:
    │ ```sh
    │ sudo tailscale up --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ -# Already in another Tailscale network? Use `tailscale login` instead of `tailscale up`.
    │ -# Only you can see this, and Discord doesn't keep it: use the key now. **Get my key** makes a new one and ends this one.
    ");
}

#[test]
fn the_key_stands_alone_in_a_block_and_in_no_name_or_debug_output() {
    for platform in Platform::iter() {
        let rendered = with_key(platform);
        let message = json(&rendered);
        let content = message["content"].as_str().unwrap();
        assert!(content.contains(&format!("```\n{KEY}\n```")), "{content}");
        assert!(!message["attachments"].to_string().contains(KEY));
        assert!(!message["components"].to_string().contains(KEY));
        assert!(!format!("{rendered:?}").contains("hskey"));
    }
}

#[test]
fn a_key_that_would_break_out_of_its_block_is_not_shown() {
    let request = request(issuing(Handover::Letter));
    for odd in ["", "a b", "a`b", "a\nb", "'; rm -rf ~'", &"k".repeat(301)] {
        let secret = SecretString::from(odd);
        let key = ShownKey {
            secret: &secret,
            expires_at: moment(3660),
        };
        assert!(letter_with_key(&request, &rules(), &key).is_err(), "{odd}");
    }
}
