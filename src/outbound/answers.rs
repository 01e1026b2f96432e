//! Answers that can still be edited. They are kept in memory only: an interaction's token is a secret that lives for
//! fifteen minutes, and whatever an answer was to say can be said in other ways.

use std::collections::VecDeque;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;
use tokio::time::Instant;

/// Fifteen minutes, less the time that a last edit may take.
/// Source: Discord's reference, "Receiving and Responding", interaction tokens.
const LIFETIME: Duration = Duration::from_secs(15 * 60 - 30);
/// With more, the oldest is forgotten.
const CAPACITY: usize = 4096;

/// The answer to an interaction, which can be edited while the interaction's token lives: a private message, or the
/// message whose button was pressed. Nobody outside this room can read the token.
#[derive(Clone, Debug)]
pub(crate) struct SentAnswer {
    pub(super) token: SecretString,
}

impl SentAnswer {
    pub(crate) fn new(token: impl Into<SecretString>) -> Self {
        let token = token.into();
        Self { token }
    }
}

/// What a message shows, as far as it has to be told from what another shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Face(u64);

impl Face {
    pub(super) fn of(body: &Value) -> Self {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// Answers by what they are about, oldest first.
pub(super) struct Answers<K>(Mutex<VecDeque<Entry<K>>>);

struct Entry<K> {
    about: K,
    answer: SentAnswer,
    /// None if it may show anything.
    shown: Option<Face>,
    until: Instant,
}

impl<K: Copy + PartialEq> Answers<K> {
    /// Replaces an earlier answer about the same.
    pub(super) fn remember(&self, about: K, answer: SentAnswer, shown: Option<Face>, now: Instant) {
        self.forget(about);
        let mut entries = self.entries();
        if entries.len() >= CAPACITY {
            entries.pop_front();
        }
        entries.push_back(Entry {
            about,
            answer,
            shown,
            until: now + LIFETIME,
        });
    }

    pub(super) fn forget(&self, about: K) {
        self.entries().retain(|entry| entry.about != about);
    }

    /// With what it shows, if that is known.
    pub(super) fn get(&self, about: K, now: Instant) -> Option<(SentAnswer, Option<Face>)> {
        let mut entries = self.entries();
        while entries.front().is_some_and(|entry| entry.until <= now) {
            entries.pop_front();
        }
        let entry = entries.iter().find(|entry| entry.about == about)?;
        Some((entry.answer.clone(), entry.shown))
    }

    pub(super) fn shows(&self, about: K, shown: Option<Face>) {
        for entry in self.entries().iter_mut().filter(|it| it.about == about) {
            entry.shown = shown;
        }
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<Entry<K>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> Default for Answers<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + PartialEq> fmt::Debug for Answers<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answers({})", self.entries().len())
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::domain::RequestId;

    fn answer(n: i64) -> SentAnswer {
        SentAnswer::new(format!("token-{n}"))
    }

    #[test]
    fn an_answer_is_forgotten_before_discord_forgets_it() {
        let (answers, now) = (Answers::default(), Instant::now());
        answers.remember(RequestId(1), answer(1), None, now);
        let after = |minutes| answers.get(RequestId(1), now + Duration::from_mins(minutes));
        assert!(after(14).is_some());
        assert!(after(15).is_none());
    }

    #[test]
    fn a_newer_answer_replaces_the_older_one() {
        let (answers, now) = (Answers::default(), Instant::now());
        answers.remember(RequestId(1), answer(1), None, now);
        answers.remember(RequestId(1), answer(2), None, now);
        let (newer, _) = answers.get(RequestId(1), now).unwrap();
        assert_eq!(newer.token.expose_secret(), "token-2");
        answers.forget(RequestId(1));
        assert!(answers.get(RequestId(1), now).is_none());
    }

    #[test]
    fn the_memory_of_answers_is_bounded_and_shows_no_secrets() {
        let (answers, now) = (Answers::default(), Instant::now());
        for n in 0..5000 {
            answers.remember(RequestId(n), answer(n), None, now);
        }
        assert_eq!(format!("{answers:?}"), "Answers(4096)");
        let oldest = answers.get(RequestId(904), now);
        assert!(oldest.is_some() && !format!("{oldest:?}").contains("token-904"));
        assert!(answers.get(RequestId(903), now).is_none());
    }
}
