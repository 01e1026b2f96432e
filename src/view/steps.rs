//! What to do with a key, platform by platform. Menu names as Headscale's documentation gives them (docs/usage/connect);
//! the auth key on iOS is known from Tailscale's issue threads only, so its step says what to do without it.

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
        Platform::Other => other(server, key),
    }
}

fn linux(server: &str, key: &str) -> Vec<String> {
    let (server, key) = (posix(server), posix(key));
    vec![
        "**1.** Install Tailscale: https://tailscale.com/download/linux".to_owned(),
        "**2.** Open a terminal and run:".to_owned(),
        block(
            "sh",
            &format!("sudo tailscale up --login-server {server} --auth-key {key}"),
        ),
        "-# Already in another Tailscale network? Write `login` in the place of `up`.".to_owned(),
    ]
}

fn macos(server: &str, key: &str) -> Vec<String> {
    let (server, key) = (posix(server), posix(key));
    vec![
        "**1.** Install Tailscale: https://tailscale.com/download/mac".to_owned(),
        "**2.** Open Terminal and run:".to_owned(),
        block(
            "sh",
            &format!("tailscale login --login-server {server} --auth-key {key}"),
        ),
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
        block(
            "",
            &format!("tailscale login --login-server {server} --auth-key {key}"),
        ),
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

fn other(server: &str, key: &str) -> Vec<String> {
    vec![
        "**1.** In your Tailscale client, set the login server (some call it control or coordination server):"
            .to_owned(),
        block("", server),
        "**2.** Sign in with the auth key from above. On a command line both go together:".to_owned(),
        block(
            "",
            &format!(
                "tailscale up --login-server {} --auth-key {}",
                posix(server),
                posix(key)
            ),
        ),
    ]
}

/// One word of a POSIX shell, whatever is in it.
fn posix(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// One argument in Command Prompt and in PowerShell. Neither addresses nor keys hold quotation marks.
fn windows_word(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('"', ""))
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
        assert_eq!(
            posix("https://hs.example:8443/a"),
            "https://hs.example:8443/a"
        );
        assert_eq!(
            posix("https://hs.example/?a&b"),
            "'https://hs.example/?a&b'"
        );
        assert_eq!(posix("a'; rm x"), r"'a'\''; rm x'");
        assert_eq!(posix(""), "''");
        assert_eq!(
            windows_word("https://hs.example/?a&b"),
            "\"https://hs.example/?a&b\""
        );
    }
}
