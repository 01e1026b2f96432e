//! The two faces that hold a key: the steps of every platform, the picture, and nothing that leaks.

use headscale_usher::domain::{Handover, Platform};
use headscale_usher::view::{Face, ShownKey, claim_answer, letter_with_key};
use secrecy::SecretString;
use strum::IntoEnumIterator as _;

use super::people::{at, by_claim, issuing, request, rules};
use super::reading::{json, read};

const KEY: &str =
    "hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567";

/// What stands around the steps on every platform.
const BEFORE: &str = "🔑 Your VPN key for `laptop`:
```
hskey-auth-fac6ebe7b0c9-d8bd16df0123456789abcdef0123456789abcdef0123456789abcdef01234567
```
┌ Your device request #42 · laptop
│ **Put `laptop` on the network**
";
const AFTER: &str = "├ The picture
│ The code holds the same VPN key, as text. It is not a login: scanning it signs you in nowhere. If your device \
    cannot open this message, read the code with the phone's camera app, copy the text and paste it where the \
    Tailscale app asks for an auth key.
├ Keep it to yourself
│ The key works once, until <t:1800003660:f> (<t:1800003660:R>). Whoever has it can join the network in your \
    name: never share it with anybody. No approver will ask you for it.
├ And then
";
const PICTURE: &str = "└ picture attachment://usher-key.png
file usher-key.png: QR code with the VPN key for laptop as plain text. The same key stands in the message. It \
    is not a login code.";

fn with_key(platform: Platform) -> Face {
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
fn steps(face: &Face) -> String {
    let shown = read(face);
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
    insta::assert_snapshot!(steps(&with_key(Platform::Linux)), @r"
    │ **1.** Install Tailscale: https://tailscale.com/download/linux
    │ **2.** Open a terminal and run:
    │ ```sh
    │ sudo tailscale up --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ -# Already in another Tailscale network? Write `login` in the place of `up`.
    │ When your device is online, or when the key's time is over, the key goes from this message.
    ");
}

#[test]
fn the_steps_for_macos_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Macos)), @r"
    │ **1.** Install Tailscale: https://tailscale.com/download/mac
    │ **2.** Open Terminal and run:
    │ ```sh
    │ tailscale login --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ -# Terminal does not know `tailscale`? Write `/Applications/Tailscale.app/Contents/MacOS/Tailscale` in its place.
    │ When your device is online, or when the key's time is over, the key goes from this message.
    ");
}

#[test]
fn the_steps_for_windows_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Windows)), @r"
    │ **1.** Install Tailscale: https://tailscale.com/download/windows (close its sign-in window)
    │ **2.** Open Command Prompt or PowerShell and run:
    │ ```
    │ tailscale login --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ When your device is online, or when the key's time is over, the key goes from this message.
    ");
}

#[test]
fn the_steps_for_android_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Android)), @"
    │ **1.** Install Tailscale from Google Play or F-Droid and open it.
    │ **2.** Settings menu (upper right) → **Accounts** → ⋮ → **Use an alternate server**. Enter:
    │ ```
    │ https://headscale.example.org
    │ ```
    │ If a login page opens, close it.
    │ **3.** Settings menu → **Accounts** → ⋮ → **Use an auth key**. Paste the key from above.
    │ **4.** If the main screen still offers **Log in**, tap it.
    │ The easiest way for this device is its own sign-in link: in the app, Settings menu (upper right) → **Accounts** → ⋮ → **Use an alternate server**, enter the address, and copy the link of the page that opens. Then use `/request-device` with `link`. The address is `https://headscale.example.org`
    │ When your device is online, or when the key's time is over, the key goes from this message.
    ");
}

#[test]
fn the_steps_for_ios_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Ios)), @"
    │ **1.** Install Tailscale from the App Store and open it.
    │ **2.** Account icon (top right) → **Log in…** → options menu (top right) → **Use custom coordination server**. Enter:
    │ ```
    │ https://headscale.example.org
    │ ```
    │ If a login page opens, close it.
    │ **3.** Account icon → **Accounts** → options menu → **Use an auth key**. Paste the key from above.
    │ -# Not every version of the app takes an auth key. If yours shows no such entry, tell an approver.
    │ The easiest way for this device is its own sign-in link: in the app, account icon (top right) → **Log in…** → options menu (top right) → **Use custom coordination server**, enter the address, log in, and copy the link of the page that opens. Then use `/request-device` with `link`. The address is `https://headscale.example.org`
    │ When your device is online, or when the key's time is over, the key goes from this message.
    ");
}

#[test]
fn the_steps_for_other_are_complete() {
    insta::assert_snapshot!(steps(&with_key(Platform::Other)), @r"
    │ **1.** In your Tailscale client, set the login server (some call it control or coordination server):
    │ ```
    │ https://headscale.example.org
    │ ```
    │ **2.** Sign in with the auth key from above. On a command line both go together:
    │ ```
    │ tailscale up --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ When your device is online, or when the key's time is over, the key goes from this message.
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
    insta::assert_snapshot!(steps(&claim_answer(&request, &rules(), &key).unwrap()), @r"
    │ **1.** Install Tailscale: https://tailscale.com/download/linux
    │ **2.** Open a terminal and run:
    │ ```sh
    │ sudo tailscale up --login-server https://headscale.example.org --auth-key KEY
    │ ```
    │ -# Already in another Tailscale network? Write `login` in the place of `up`.
    │ Only you can see this message. It is not kept: use the key now, or press **Get my key** again for a new one, which ends this one.
    ");
}

#[test]
fn the_key_stands_alone_in_a_block_and_in_no_name_or_debug_output() {
    for platform in Platform::iter() {
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
        assert!(letter_with_key(&request, &rules(), &key).is_err(), "{odd}");
    }
}
