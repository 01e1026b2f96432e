//! What to do with a key, platform by platform. Menu names as Headscale's documentation gives them (docs/usage/connect);
//! the auth key on iOS is known from Tailscale's issue threads only, so its step says what to do without it.

use zeroize::Zeroizing;

use super::escape::block;
use crate::domain::Platform;

/// The lines between "here is your key" and "you are online". The key is filled in where a command takes it;
/// phones are sent to the block that holds it alone.
pub(super) fn steps(platform: Platform, server: &str, key: &str) -> Vec<String> {
    match platform {
        Platform::Linux => linux(server, key),
        Platform::Macos => macos(server, key),
        Platform::Windows => windows(server, key),
        Platform::Android => android(server),
        Platform::Ios => ios(server),
        Platform::Tv => tv(server),
        Platform::Other => other(server, key),
    }
}

fn linux(server: &str, key: &str) -> Vec<String> {
    let (server, key) = (posix(server), posix(key));
    vec![
        "**1.** Install Tailscale: https://tailscale.com/download/linux".to_owned(),
        "**2.** Open a terminal and run:".to_owned(),
        command("sh", "sudo tailscale up", &server, &key),
        "-# Already in another Tailscale network? Write `login` in the place of `up`.".to_owned(),
    ]
}

fn macos(server: &str, key: &str) -> Vec<String> {
    let (server, key) = (posix(server), posix(key));
    vec![
        "**1.** Install Tailscale: https://tailscale.com/download/mac".to_owned(),
        "**2.** Open Terminal and run:".to_owned(),
        command("sh", "tailscale login", &server, &key),
        "-# Terminal does not know `tailscale`? Write \
         `/Applications/Tailscale.app/Contents/MacOS/Tailscale` in its place."
            .to_owned(),
    ]
}

fn windows(server: &str, key: &str) -> Vec<String> {
    let (server, key) = (windows_word(server), windows_word(key));
    vec![
        "**1.** Install Tailscale: https://tailscale.com/download/windows (close its sign-in window)"
            .to_owned(),
        "**2.** Open Command Prompt or PowerShell and run:".to_owned(),
        command("", "tailscale login", &server, &key),
    ]
}

fn android(server: &str) -> Vec<String> {
    vec![
        "**1.** Install Tailscale from Google Play or F-Droid and open it.".to_owned(),
        "**2.** Settings menu (upper right) → **Accounts** → ⋮ → **Use an alternate server**. Enter:"
            .to_owned(),
        block("", server),
        "If a login page opens, close it.".to_owned(),
        "**3.** Settings menu → **Accounts** → ⋮ → **Use an auth key**. Paste the key from above."
            .to_owned(),
        "**4.** If the main screen still offers **Log in**, tap it.".to_owned(),
    ]
}

fn ios(server: &str) -> Vec<String> {
    vec![
        "**1.** Install Tailscale from the App Store and open it.".to_owned(),
        "**2.** Account icon (top right) → **Log in…** → options menu (top right) → \
         **Use custom coordination server**. Enter:"
            .to_owned(),
        block("", server),
        "If a login page opens, close it.".to_owned(),
        "**3.** Account icon → **Accounts** → options menu → **Use an auth key**. Paste the key from above."
            .to_owned(),
        "-# Not every version of the app takes an auth key. If yours shows no such entry, tell an approver."
            .to_owned(),
    ]
}

/// Apple TV, as Headscale documents it; other TVs have the Android app.
fn tv(server: &str) -> Vec<String> {
    vec![
        "**1.** Install Tailscale on the TV.".to_owned(),
        "**2.** Apple TV: **Settings** → **Apps** → **Tailscale** → **ALTERNATE COORDINATION SERVER URL**. \
         Android TV: ⋮ → **Use an alternate server**. Enter:"
            .to_owned(),
        block("", server),
        "**3.** If the app takes an auth key, type in the key from above. If it shows a sign-in link or a code \
         instead, use that: see the last line."
            .to_owned(),
    ]
}

/// How a device shows a sign-in link, for those that have no good place for a key. Menu names as documented by
/// Headscale, `docs/usage/connect`.
pub(super) fn link_steps(platform: Platform, server: &str) -> Option<String> {
    let way = match platform {
        Platform::Android => {
            "in the app, Settings menu (upper right) → **Accounts** → ⋮ → **Use an alternate server**, enter the \
             address, and copy the link of the page that opens"
        }
        Platform::Ios => {
            "in the app, account icon (top right) → **Log in…** → options menu (top right) → **Use custom \
             coordination server**, enter the address, log in, and copy the link of the page that opens"
        }
        Platform::Tv => {
            "on the TV, **Settings** → **Apps** → **Tailscale** → **ALTERNATE COORDINATION SERVER URL**, enter the \
             address, open the app and read its code with a phone: that is the link"
        }
        Platform::Linux | Platform::Macos | Platform::Windows | Platform::Other => return None,
    };
    Some(format!(
        "The easiest way for this device is its own sign-in link: {way}. Then use `/request-device` with `link`. The \
         address is {}",
        super::escape::code(server, 300)
    ))
}

fn other(server: &str, key: &str) -> Vec<String> {
    vec![
        "**1.** In your Tailscale client, set the login server (some call it control or coordination server):"
            .to_owned(),
        block("", server),
        "**2.** Sign in with the auth key from above. On a command line both go together:".to_owned(),
        command("", "tailscale up", &posix(server), &posix(key)),
    ]
}

/// One line to copy, key and all.
fn command(language: &str, verb: &str, server: &str, key: &str) -> String {
    let line = Zeroizing::new(format!("{verb} --login-server {server} --auth-key {key}"));
    block(language, &line)
}

/// One word of a POSIX shell, whatever is in it.
fn posix(text: &str) -> Zeroizing<String> {
    Zeroizing::new(if is_plain(text) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    })
}

/// One argument in Command Prompt and in PowerShell. Neither addresses nor keys hold quotation marks.
fn windows_word(text: &str) -> Zeroizing<String> {
    Zeroizing::new(if is_plain(text) {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('"', ""))
    })
}

/// Nothing that any shell would read as anything but itself.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_./:".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_could_misread_is_quoted() {
        let cases = [
            ("https://hs.example:8443/a", "https://hs.example:8443/a"),
            ("https://hs.example/?a&b", "'https://hs.example/?a&b'"),
            ("a'; rm x", r"'a'\''; rm x'"),
            ("", "''"),
        ];
        for (text, word) in cases {
            assert_eq!(posix(text).as_str(), word);
        }
        let word = windows_word("https://hs.example/?a&b");
        assert_eq!(word.as_str(), "\"https://hs.example/?a&b\"");
    }
}
