//! The API key: fixed, or in a file that is read again once Headscale refuses what was in it.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::headscale::Error;

/// How long a refused key is not tried again: asking more often does not make it any better.
const PAUSE: Duration = Duration::from_secs(5);

/// Where the API key comes from.
#[derive(Clone, Debug)]
pub enum ApiKey {
    Fixed(SecretString),
    /// Read on the first call, and again when Headscale refuses the key.
    File(PathBuf),
}

/// Hands out the key that is believed to be good.
#[derive(Debug)]
pub(super) struct KeyRing {
    source: ApiKey,
    pause: Duration,
    known: Mutex<Option<Known>>,
}

#[derive(Clone, Debug)]
struct Known {
    key: SecretString,
    refused: Option<Instant>,
}

impl KeyRing {
    pub(super) fn new(source: ApiKey) -> Self {
        Self {
            source,
            pause: PAUSE,
            known: Mutex::default(),
        }
    }

    pub(super) fn key(&self) -> Result<SecretString, Error> {
        let mut known = self.known();
        let is_resting = |refused: Instant| refused.elapsed() < self.pause;
        let resting = match known.as_ref() {
            Some(known) if !known.refused.is_some_and(is_resting) => return Ok(known.key.clone()),
            resting => resting.map(|known| &known.key),
        };
        let key = self.load()?;
        if resting.is_some_and(|resting| are_same(&key, resting)) {
            return Err(Error::Unauthorised);
        }
        Ok(store(&mut known, key))
    }

    /// Another key than the one that was refused, if there is one by now.
    pub(super) fn instead_of(&self, refused: &SecretString) -> Option<SecretString> {
        let mut known = self.known();
        if let Some(known) = known
            .as_ref()
            .filter(|known| !are_same(&known.key, refused))
        {
            return Some(known.key.clone());
        }
        if let Some(key) = self.load().ok().filter(|key| !are_same(key, refused)) {
            return Some(store(&mut known, key));
        }
        *known = Some(Known {
            key: refused.clone(),
            refused: Some(Instant::now()),
        });
        None
    }

    fn known(&self) -> MutexGuard<'_, Option<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load(&self) -> Result<SecretString, Error> {
        let path = match &self.source {
            ApiKey::Fixed(key) => return Ok(key.clone()),
            ApiKey::File(path) => path,
        };
        let text = std::fs::read_to_string(path).map_err(|error| Error::KeyFile(error.kind()))?;
        let text = Zeroizing::new(text);
        match text.trim() {
            key if key.is_empty() || key.contains(char::is_whitespace) => Err(Error::KeyFileEmpty),
            key => Ok(SecretString::from(key)),
        }
    }
}

fn store(known: &mut Option<Known>, key: SecretString) -> SecretString {
    let stored = known.insert(Known { key, refused: None });
    stored.key.clone()
}

fn are_same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

/// `Bearer` with exactly this capital and one space; Headscale refuses anything else.
pub(super) fn bearer(key: &SecretString) -> Result<HeaderValue, Error> {
    let text = Zeroizing::new(format!("Bearer {}", key.expose_secret()));
    let mut value = HeaderValue::from_str(&text).map_err(|_| Error::Unauthorised)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether a listed prefix is this key's: `hskey-api-0123456789ab-***`, or `0123456` before 0.28.
pub(super) fn has_prefix(key: &SecretString, listed: &str) -> bool {
    let prefix = listed.trim_end_matches('*').trim_end_matches('-');
    let rest = key.expose_secret().strip_prefix(prefix);
    !prefix.is_empty() && rest.is_some_and(|rest| rest.starts_with(['-', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_once_and_again_when_its_key_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(&file, " one.key\n").expect("written");
        let ring = KeyRing::new(ApiKey::File(file.path().to_owned()));
        let first = ring.key().expect("a key");
        assert!(are_same(&first, &SecretString::from("one.key")));
        assert!(ring.instead_of(&first).is_none());
        std::fs::write(&file, "two.key").expect("written");
        let second = ring.key().expect("another key");
        assert!(!are_same(&second, &first));
        assert!(are_same(
            &ring.instead_of(&first).expect("the new one"),
            &second
        ));
    }

    #[test]
    fn a_refused_key_rests_before_it_is_tried_again() {
        let mut ring = KeyRing::new(ApiKey::Fixed(SecretString::from("one.key")));
        let key = ring.key().expect("a key");
        assert!(ring.instead_of(&key).is_none());
        assert_eq!(ring.key().err(), Some(Error::Unauthorised));
        ring.pause = Duration::ZERO;
        assert!(ring.key().is_ok());
    }

    #[test]
    fn a_missing_or_empty_file_is_said_so() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let ring = KeyRing::new(ApiKey::File(file.path().to_owned()));
        assert_eq!(ring.key().err(), Some(Error::KeyFileEmpty));
        let ring = KeyRing::new(ApiKey::File("/nowhere/at-all".into()));
        assert_eq!(
            ring.key().err(),
            Some(Error::KeyFile(std::io::ErrorKind::NotFound))
        );
    }

    #[test]
    fn our_own_key_is_known_by_its_prefix() {
        let new = SecretString::from("hskey-api-AbC-_1234567-0000");
        assert!(has_prefix(&new, "hskey-api-AbC-_1234567-***"));
        assert!(!has_prefix(&new, "hskey-api-AbC-_1234568-***"));
        assert!(has_prefix(&SecretString::from("abcdefg.0123"), "abcdefg"));
        assert!(!has_prefix(&SecretString::from("abcdefg.0123"), "abcdef"));
        assert!(!has_prefix(&new, "***"));
    }
}
