//! What to do with a key, platform by platform. Menu names as Headscale's documentation gives them (docs/usage/connect);
//! the auth key on iOS is known from Tailscale's issue threads only, so a line below says what to do without it.

use zeroize::Zeroizing;

use super::escape::{block, code};
use crate::domain::Platform;
use crate::i18n::text;

/// The lines between "here is your key" and "you are online". The key is filled in where a command takes it; on phones
/// it is pasted from the block that holds it alone.
pub(super) fn steps(platform: Platform, server: &str, key: &str) -> Vec<String> {
    let posix_line = |verb| command("sh", verb, &posix(server), &posix(key));
    match platform {
        Platform::Linux => vec![
            text!("steps-linux-install"),
            text!("steps-linux-run"),
            posix_line("sudo tailscale up"),
            text!("steps-linux-note"),
        ],
        Platform::Macos => vec![
            text!("steps-macos-install"),
            text!("steps-macos-run"),
            posix_line("tailscale login"),
            text!("steps-macos-note"),
        ],
        Platform::Windows => vec![
            text!("steps-windows-install"),
            text!("steps-windows-run"),
            command(
                "",
                "tailscale login",
                &windows_word(server),
                &windows_word(key),
            ),
        ],
        Platform::Android => vec![
            text!("steps-android-install"),
            text!("steps-android-server"),
            block("", server),
            text!("steps-close-login"),
            text!("steps-android-key"),
            text!("steps-android-login"),
            text!("steps-no-key-entry"),
        ],
        Platform::Ios => vec![
            text!("steps-ios-install"),
            text!("steps-ios-server"),
            block("", server),
            text!("steps-close-login"),
            text!("steps-ios-key"),
            text!("steps-no-key-entry"),
        ],
        Platform::Tv => vec![
            text!("steps-tv-install"),
            text!("steps-tv-server"),
            block("", server),
            text!("steps-tv-key"),
            text!("steps-no-key-entry"),
        ],
        Platform::Other => vec![
            text!("steps-other-server"),
            block("", server),
            text!("steps-other-key"),
            command("", "tailscale up", &posix(server), &posix(key)),
        ],
    }
}

/// How a device shows a sign-in link, for those that have no good place for a key.
pub(super) fn link_tip(platform: Platform, server: &str) -> Option<String> {
    let server = code(server, 300);
    let (show, read) = match platform {
        Platform::Android => (text!("tip-android", server = server), text!("tip-copy")),
        Platform::Ios => (text!("tip-ios", server = server), text!("tip-copy")),
        Platform::Tv => (text!("tip-tv", server = server), text!("tip-tv-scan")),
        Platform::Linux | Platform::Macos | Platform::Windows | Platform::Other => return None,
    };
    Some([text!("tip-link"), show, read, text!("tip-ask")].join("\n"))
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
