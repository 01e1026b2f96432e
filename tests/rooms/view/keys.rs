//! The two rendered that hold a key: the steps of every platform, the picture, and nothing that leaks.

use headscale_usher::domain::{Handover, Platform};
use headscale_usher::view::{Rendered, ShownKey, claim_answer, letter_with_key};
use secrecy::SecretString;
use strum::IntoEnumIterator as _;

use super::people::{at, by_claim, issuing, request, rules};
use super::reading::{json, read};

const KEY: &str =
    "hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567";

/// What stands around the steps on every platform.
const BEFORE: &str = "🔑 Your key for `laptop`:
```
hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
```
┌ Your device request #42 · laptop
│ This one-time key adds `laptop` to the private network (the VPN):
";
const AFTER: &str = "├ QR code
│ It's the same key as plain text, not a login code. On a phone, scan it with the camera, copy the text and paste it \
    where the app asks for the auth key.
├ Keep it to yourself
│ The key works once, until <t:1800003660:f> (<t:1800003660:R>). Anyone who has it can join the network in your \
    name, so never share it. No approver will ask you for it.
├ Afterwards
";
const PICTURE: &str = "└ picture attachment://usher-key.png
file usher-key.png: QR code of the key for laptop, as plain text. The message contains the same key. It isn't a \
    login code.";

fn with_key(platform: Platform) -> Rendered {
    let mut request = request(issuing(Handover::Letter));
    request.platform = platform;
    let secret = SecretString::from(KEY);
    let key = ShownKey {
        secret: &secret,
        expires_at: at(3660),
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
    │ **1.** Install Tailscale: https://tailscale.com/download/linux
    │ **2.** Open a terminal and run:
    │ ```sh
    │ sudo tailscale up --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ -# Already in another Tailscale network? Use `tailscale login` instead of `tailscale up`.
    │ The key is removed from this message once your device is online or the key expires.
    ");
}

#[test]
fn the_steps_for_macos_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Macos)), @"
    │ **1.** Install Tailscale: https://tailscale.com/download/mac
    │ **2.** Open Terminal and run:
    │ ```sh
    │ tailscale login --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ -# Terminal can't find `tailscale`? Use `/Applications/Tailscale.app/Contents/MacOS/Tailscale` instead.
    │ The key is removed from this message once your device is online or the key expires.
    ");
}

#[test]
fn the_steps_for_windows_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Windows)), @"
    │ **1.** Install Tailscale: https://tailscale.com/download/windows (close the sign-in window that opens)
    │ **2.** Open Command Prompt or PowerShell and run:
    │ ```
    │ tailscale login --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ The key is removed from this message once your device is online or the key expires.
    ");
}

#[test]
fn the_steps_for_android_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Android)), @"
    │ **1.** Install Tailscale from Google Play or F-Droid and open it.
    │ **2.** Open the settings menu (upper right) → **Accounts** → ⋮ → **Use an alternate server**, and enter our address:
    │ ```
    │ https://headscale.example.org
    │ ```
    │ If a login page opens, close it.
    │ **3.** Go to the settings menu → **Accounts** → ⋮ → **Use an auth key**, and paste the key.
    │ **4.** If the main screen still says **Log in**, tap it.
    │ -# No place for a key in your app? Copy the link it shows when you log in, then use `/request-device` again with the `link` option.
    │ The key is removed from this message once your device is online or the key expires.
    ");
}

#[test]
fn the_steps_for_ios_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Ios)), @"
    │ **1.** Install Tailscale from the App Store and open it.
    │ **2.** Tap the account icon (top right) → **Log in…** → the options menu (top right) → **Use custom coordination server**, and enter our address:
    │ ```
    │ https://headscale.example.org
    │ ```
    │ If a login page opens, close it.
    │ **3.** Tap the account icon → **Accounts** → the options menu → **Use an auth key**, and paste the key.
    │ -# No place for a key in your app? Copy the link it shows when you log in, then use `/request-device` again with the `link` option.
    │ The key is removed from this message once your device is online or the key expires.
    ");
}

#[test]
fn the_steps_for_tv_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Tv)), @"
    │ **1.** Install Tailscale on the TV.
    │ **2.** On Apple TV, go to **Settings** → **Apps** → **Tailscale** → **ALTERNATE COORDINATION SERVER URL**. On Android TV, go to ⋮ → **Use an alternate server**. Enter our address:
    │ ```
    │ https://headscale.example.org
    │ ```
    │ **3.** When the app asks for an auth key, type in the key.
    │ -# No place for a key in your app? Copy the link it shows when you log in, then use `/request-device` again with the `link` option.
    │ The key is removed from this message once your device is online or the key expires.
    ");
}

#[test]
fn the_steps_for_other_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Other)), @"
    │ **1.** In your Tailscale client, set the login server (also called control or coordination server):
    │ ```
    │ https://headscale.example.org
    │ ```
    │ **2.** Sign in with the key as the auth key. On a command line, one command does both:
    │ ```
    │ tailscale up --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ The key is removed from this message once your device is online or the key expires.
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
    insta::assert_snapshot!(steps(&claim_answer(&request, &rules(), &key).unwrap()), @"
    │ **1.** Install Tailscale: https://tailscale.com/download/linux
    │ **2.** Open a terminal and run:
    │ ```sh
    │ sudo tailscale up --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ -# Already in another Tailscale network? Use `tailscale login` instead of `tailscale up`.
    │ Only you can see this message, and it isn't kept. Use the key now, or press **Get my key** again for a new one; that ends this one.
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
            expires_at: at(3660),
        };
        assert!(letter_with_key(&request, &rules(), &key).is_err(), "{odd}");
    }
}
