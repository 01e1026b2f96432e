//! How to use a key on each platform. Menus are named as in Headscale's documentation (docs/usage/connect). The auth key
//! on iOS is known only from Tailscale's issue threads, so its steps also say what to do without one.

use zeroize::Zeroizing;

use super::escape::{block, code};
use crate::domain::{DeviceRequest, Platform, Rules};
use crate::i18n::text;

/// The steps between "here is your key" and "you are online". Commands have the key filled in; on a phone it is pasted.
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

/// How to get a sign-in link, on the platforms where that is easier than entering a key. Told while there is no key.
pub(super) fn link_tip(request: &DeviceRequest, rules: &Rules) -> Option<String> {
    if request.sign_in.is_some() || rules.take_links().is_err() {
        return None;
    }
    let server = code(&rules.headscale.login_server.to_string(), 300);
    match request.platform {
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

/// Quotes the text as one word of a POSIX shell.
fn posix(text: &str) -> Zeroizing<String> {
    Zeroizing::new(if is_plain(text) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    })
}

/// Quotes the text as one argument in Command Prompt and in PowerShell. Addresses and keys contain no quotation marks.
fn windows_word(text: &str) -> Zeroizing<String> {
    Zeroizing::new(if is_plain(text) {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('"', ""))
    })
}

/// Whether every shell reads the text as itself.
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
