//! The two messages that contain a key: the letter and the private answer to *Get my key*. Nothing else in the view
//! ever sees one.

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serenity::builder::CreateAttachment;

use super::embed::{BoundedEmbed, Tone};
use super::escape::block;
use super::letter::title;
use super::qr::{self, KeyError};
use super::rendered::Rendered;
use super::steps::steps;
use super::words::{moment, relative};
use crate::domain::{DeviceRequest, Rules};
use crate::i18n::text;

/// A key on its way to its requester.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShownKey<'a> {
    pub secret: &'a SecretString,
    pub expires_at: Timestamp,
}

/// The letter with the key in it, for the step that has just made the key.
///
/// # Errors
/// `KeyError` for a key that no Headscale would make.
pub(crate) fn letter_with_key(
    request: &DeviceRequest,
    rules: &Rules,
    key: &ShownKey<'_>,
) -> Result<Rendered, KeyError> {
    with_key(request, rules, key, text!("key-letter-ends"))
}

/// The answer to *Get my key*, which only the requester sees.
///
/// # Errors
/// `KeyError` for a key that no Headscale would make.
pub(crate) fn claim_answer(
    request: &DeviceRequest,
    rules: &Rules,
    key: &ShownKey<'_>,
) -> Result<Rendered, KeyError> {
    with_key(request, rules, key, text!("key-answer-ends"))
}

fn with_key(
    request: &DeviceRequest,
    rules: &Rules,
    key: &ShownKey<'_>,
    ends: String,
) -> Result<Rendered, KeyError> {
    let secret = key.secret.expose_secret();
    check(secret)?;
    let picture = qr::png(key.secret)?;
    let server = rules.headscale.login_server.to_string();
    let (expires, moment) = (relative(key.expires_at), moment(key.expires_at));
    let gives = text!(
        "key-gives",
        device = request.device.to_string(),
        expires = expires,
        moment = moment
    );
    let embed = BoundedEmbed::new(title(request), Tone::Handed)
        .line(gives)
        .line(steps(request.platform, &server, secret))
        .lines([text!("key-warning"), text!("key-picture"), ends])
        .image(qr::FILE_NAME);
    let alone = block("", secret);
    let content = text!(
        "key-headline",
        device = request.device.to_string(),
        key = alone
    );
    Ok(Rendered {
        attachment: Some(attachment(request, picture)),
        ..Rendered::embed(Some(content), embed)
    })
}

fn attachment(request: &DeviceRequest, picture: Vec<u8>) -> CreateAttachment {
    CreateAttachment::bytes(picture, qr::FILE_NAME).description(text!(
        "key-picture-description",
        device = request.device.to_string()
    ))
}

/// Keys are 48 or 88 letters, digits, hyphens and underscores, depending on the release. The limits leave room for other
/// forms, but not for anything that would break out of a block.
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
