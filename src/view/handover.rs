//! The two faces that hold a key: the letter and the private answer to *Get my key*. Nothing else in the view
//! ever sees one.

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serenity::builder::CreateAttachment;
use zeroize::Zeroizing;

use super::Face;
use super::escape::{block, code};
use super::qr::{self, KeyError};
use super::sheet::{Mood, Sheet};
use super::steps::{link_steps, steps};
use super::words::{moment, relative, title};
use crate::domain::DeviceRequest;
use crate::domain::Rules;

/// A key on its way to its requester.
#[derive(Clone, Copy, Debug)]
pub struct ShownKey<'a> {
    pub secret: &'a SecretString,
    pub expires_at: Timestamp,
}

/// The letter with the key in it; written by the step that holds the key, and by nobody else.
///
/// # Errors
/// [`KeyError`], for keys that no Headscale makes.
pub fn letter_with_key(
    request: &DeviceRequest,
    rules: &Rules,
    key: &ShownKey<'_>,
) -> Result<Face, KeyError> {
    let note = "When your device is online, or when the key's time is over, the key goes from this message.";
    face(request, rules, key, note)
}

/// The answer to *Get my key*, for the requester's eyes only.
///
/// # Errors
/// [`KeyError`], for keys that no Headscale makes.
pub fn claim_answer(
    request: &DeviceRequest,
    rules: &Rules,
    key: &ShownKey<'_>,
) -> Result<Face, KeyError> {
    let note = "Only you can see this message. It is not kept: use the key now, or press **Get my key** again for \
                a new one, which ends this one.";
    face(request, rules, key, note)
}

fn face(
    request: &DeviceRequest,
    rules: &Rules,
    key: &ShownKey<'_>,
    note: &str,
) -> Result<Face, KeyError> {
    let secret = key.secret.expose_secret();
    check(secret)?;
    let picture = qr::png(key.secret)?;
    let sheet = Sheet::new(title("Your device request", request), Mood::Handed)
        .line(format!(
            "**Put {} on the network**",
            code(request.device.as_str(), 80)
        ))
        .lines(steps(
            request.platform,
            &rules.headscale.login_server.to_string(),
            secret,
        ))
        .lines(link_steps(
            request.platform,
            &rules.headscale.login_server.to_string(),
        ))
        .field("The picture", PICTURE)
        .field("Keep it to yourself", warning(key.expires_at))
        .field("And then", note)
        .image(qr::FILE_NAME);
    let alone = Zeroizing::new(block("", secret));
    let content = format!(
        "🔑 Your VPN key for `{}`:\n{}",
        request.device,
        alone.as_str()
    );
    Ok(Face {
        attachment: Some(attachment(request, picture)),
        ..Face::sheet(Some(content), sheet)
    })
}

const PICTURE: &str = "The code holds the same VPN key, as text. It is not a login: scanning it signs you in \
    nowhere. If your device cannot open this message, read the code with the phone's camera app, copy the text \
    and paste it where the Tailscale app asks for an auth key.";

fn warning(expires_at: Timestamp) -> String {
    format!(
        "The key works once, until {} ({}). Whoever has it can join the network in your name: never share it \
         with anybody. No approver will ask you for it.",
        moment(expires_at),
        relative(expires_at)
    )
}

fn attachment(request: &DeviceRequest, picture: Vec<u8>) -> CreateAttachment {
    CreateAttachment::bytes(picture, qr::FILE_NAME).description(format!(
        "QR code with the VPN key for {} as plain text. The same key stands in the message. It is not a login code.",
        request.device
    ))
}

/// Keys are 48 or 88 letters, digits, hyphens and underscores, depending on the Headscale; the limits leave room
/// for other forms, but not for what would break out of a block.
fn check(secret: &str) -> Result<(), KeyError> {
    const MAX: usize = 300;
    let length = secret.chars().count();
    if !(1..=MAX).contains(&length) {
        return Err(KeyError::Length { length, max: MAX });
    }
    let shown_as_is = |c: char| c.is_ascii_graphic() && !"`'\"".contains(c);
    secret
        .chars()
        .all(shown_as_is)
        .then_some(())
        .ok_or(KeyError::Characters)
}
