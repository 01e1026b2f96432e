//! What to do with a key, platform by platform. Menu names as Headscale's documentation gives them (docs/usage/connect);
//! the auth key on iOS is known from Tailscale's issue threads only, so its steps say what to do without it.

use zeroize::Zeroizing;

use super::escape::{block, code};
use crate::domain::Platform;
use crate::i18n::text;

/// The steps between "here is your key" and "you are online". The key is filled in where a command takes it; people with
/// a phone paste it.
pub(super) fn steps(platform: Platform, server: &str, key: &str) -> String {
    let address = block("", server);
    let posix = |language, verb| command(language, verb, &posix(server), &posix(key));
    match platform {
        Platform::Linux => text!("steps-linux", command = posix("sh", "sudo tailscale up")),
        Platform::Macos => text!("steps-macos", command = posix("sh", "tailscale login")),
        Platform::Windows => {
            let (server, key) = (windows_word(server), windows_word(key));
            let command = command("", "tailscale login", &server, &key);
            text!("steps-windows", command = command)
        }
        Platform::Android => text!("steps-android", server = address),
        Platform::Ios => text!("steps-ios", server = address),
        Platform::Tv => text!("steps-tv", server = address),
        Platform::Other => {
            let command = posix("", "tailscale up");
            text!("steps-other", server = address, command = command)
        }
    }
}

/// How a device shows a sign-in link, for those that have no good place for a key.
pub(super) fn link_steps(platform: Platform, server: &str) -> Option<String> {
    let server = code(server, 300);
    match platform {
        Platform::Android => Some(text!("link-android", server = server)),
        Platform::Ios => Some(text!("link-ios", server = server)),
        Platform::Tv => Some(text!("link-tv", server = server)),
        Platform::Linux | Platform::Macos | Platform::Windows | Platform::Other => None,
    }
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
