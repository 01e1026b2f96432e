//! The two messages that hold a key: the letter, and the private answer to *Get my key*. Nothing else in the view ever
//! sees one, and no key becomes an argument of a message: it is put in here.

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serenity::builder::CreateAttachment;
use zeroize::Zeroizing;

use super::embed::{BoundedEmbed, Tone};
use super::escape::block;
use super::letter::title;
use super::qr::{self, KeyError};
use super::rendered::Rendered;
use super::steps::steps;
use super::words::{device, moment, relative};
use crate::domain::{DeviceRequest, Rules};
use crate::i18n::text;

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
) -> Result<Rendered, KeyError> {
    with_key(request, rules, key, text!("key-then-letter"))
}

/// The answer to *Get my key*, for the requester's eyes only.
///
/// # Errors
/// [`KeyError`], for keys that no Headscale makes.
pub fn claim_answer(
    request: &DeviceRequest,
    rules: &Rules,
    key: &ShownKey<'_>,
) -> Result<Rendered, KeyError> {
    with_key(request, rules, key, text!("key-then-claim"))
}

fn with_key(
    request: &DeviceRequest,
    rules: &Rules,
    key: &ShownKey<'_>,
    afterwards: String,
) -> Result<Rendered, KeyError> {
    let secret = key.secret.expose_secret();
    check(secret)?;
    let picture = qr::png(key.secret)?;
    let server = rules.headscale.login_server.to_string();
    let private = text!(
        "key-private-more",
        moment = moment(key.expires_at),
        expires = relative(key.expires_at)
    );
    let embed = BoundedEmbed::new(title(request), Tone::Handed)
        .lines([text!("key-gives", device = device(request))])
        .lines(steps(request.platform, &server, secret))
        .field(text!("key-qr"), text!("key-qr-more"))
        .field(text!("key-private"), private)
        .field(text!("key-then"), afterwards)
        .image(qr::FILE_NAME);
    let alone = Zeroizing::new(block("", secret));
    let headline = text!("key-content", device = device(request));
    let content = format!("{headline}\n{}", alone.as_str());
    let alt = text!("key-picture", device = request.device.as_str());
    Ok(Rendered {
        attachment: Some(CreateAttachment::bytes(picture, qr::FILE_NAME).description(alt)),
        ..Rendered::embed(Some(content), embed)
    })
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
