//! The key that lets this program in: at hand, or in a file that is read again once Headscale refuses it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::headscale::{ApiKey, Error};

/// After a refusal the same key is not tried again for so long: it will not get better by asking often.
const PAUSE: Duration = Duration::from_secs(5);

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

impl Known {
    fn is_resting(&self, pause: Duration) -> bool {
        self.refused.is_some_and(|at| at.elapsed() < pause)
    }
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
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.as_ref() {
            Some(known) if !known.is_resting(self.pause) => Ok(known.key.clone()),
            Some(resting) => {
                let key = self.load()?;
                if same(&key, &resting.key) {
                    return Err(Error::Unauthorised);
                }
                Ok(take(&mut known, key))
            }
            None => Ok(take(&mut known, self.load()?)),
        }
    }

    /// After `refused` was refused: another key, if there is one by now.
    pub(super) fn instead_of(&self, refused: &SecretString) -> Option<SecretString> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_ref().filter(|known| !same(&known.key, refused)) {
            return Some(known.key.clone());
        }
        if let Some(key) = self.load().ok().filter(|key| !same(key, refused)) {
            return Some(take(&mut known, key));
        }
        *known = Some(Known {
            key: refused.clone(),
            refused: Some(Instant::now()),
        });
        None
    }

    fn load(&self) -> Result<SecretString, Error> {
        match &self.source {
            ApiKey::Fixed(key) => Ok(key.clone()),
            ApiKey::File(path) => {
                let text =
                    std::fs::read_to_string(path).map_err(|error| Error::KeyFile(error.kind()))?;
                trimmed(text)
            }
        }
    }
}

fn take(known: &mut Option<Known>, key: SecretString) -> SecretString {
    *known = Some(Known {
        key: key.clone(),
        refused: None,
    });
    key
}

fn trimmed(text: String) -> Result<SecretString, Error> {
    let text = zeroize::Zeroizing::new(text);
    let key = text.trim();
    if key.is_empty() || key.contains(char::is_whitespace) {
        return Err(Error::KeyFileEmpty);
    }
    Ok(SecretString::from(key))
}

fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

/// `Bearer` with exactly this capital and one space; anything else is refused by Headscale.
pub(super) fn bearer(key: &SecretString) -> Result<HeaderValue, Error> {
    let text = zeroize::Zeroizing::new(format!("Bearer {}", key.expose_secret()));
    let mut value = HeaderValue::from_str(&text).map_err(|_| Error::Unauthorised)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether a listed prefix (`hskey-api-0123456789ab-***`, or `0123456` before 0.28) is this key's.
pub(super) fn has_prefix(key: &SecretString, listed: &str) -> bool {
    let listed = listed.trim_end_matches('*').trim_end_matches('-');
    !listed.is_empty()
        && key
            .expose_secret()
            .strip_prefix(listed)
            .is_some_and(|rest| rest.starts_with(['-', '.']))
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
        assert!(same(&first, &SecretString::from("one.key")));
        assert!(ring.instead_of(&first).is_none());
        std::fs::write(&file, "two.key").expect("written");
        let second = ring.key().expect("another key");
        assert!(!same(&second, &first));
        assert!(same(
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
