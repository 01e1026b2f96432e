//! Private answers that can still be edited. They are kept in memory only: an interaction's token is a secret that lives
//! for fifteen minutes, and whatever an answer was to say can be said in other ways.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;

use crate::domain::RequestId;

/// Fifteen minutes, less the time that a last edit may take.
/// Source: Discord's reference, "Receiving and Responding", interaction tokens.
const LIFETIME: Duration = Duration::from_secs(15 * 60 - 30);
/// With more, the oldest is forgotten.
const CAPACITY: usize = 4096;

/// A private answer that can be edited while its interaction's token lives. Nobody outside this room can read the token.
#[derive(Clone, Debug)]
pub(crate) struct PrivateAnswer {
    pub(super) token: SecretString,
}

impl PrivateAnswer {
    pub(crate) fn new(token: impl Into<SecretString>) -> Self {
        let token = token.into();
        Self { token }
    }
}

/// The answers to the commands that made requests, oldest first.
#[derive(Default)]
pub(super) struct PrivateAnswers(Mutex<VecDeque<Entry>>);

struct Entry {
    request: RequestId,
    answer: PrivateAnswer,
    until: Instant,
}

impl PrivateAnswers {
    /// Replaces an earlier answer about the same request.
    pub(super) fn remember(&self, request: RequestId, answer: PrivateAnswer, now: Instant) {
        self.forget(request);
        let mut entries = self.entries();
        if entries.len() >= CAPACITY {
            entries.pop_front();
        }
        entries.push_back(Entry {
            request,
            answer,
            until: now + LIFETIME,
        });
    }

    pub(super) fn forget(&self, request: RequestId) {
        self.entries().retain(|entry| entry.request != request);
    }

    pub(super) fn get(&self, request: RequestId, now: Instant) -> Option<PrivateAnswer> {
        let mut entries = self.entries();
        while entries.front().is_some_and(|entry| entry.until <= now) {
            entries.pop_front();
        }
        let entry = entries.iter().find(|entry| entry.request == request)?;
        Some(entry.answer.clone())
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for PrivateAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateAnswers({})", self.entries().len())
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn answer(n: i64) -> PrivateAnswer {
        PrivateAnswer::new(format!("token-{n}"))
    }

    #[test]
    fn an_answer_is_forgotten_before_discord_forgets_it() {
        let (answers, now) = (PrivateAnswers::default(), Instant::now());
        answers.remember(RequestId(1), answer(1), now);
        let after = |minutes| answers.get(RequestId(1), now + Duration::from_mins(minutes));
        assert!(after(14).is_some());
        assert!(after(15).is_none());
    }

    #[test]
    fn a_newer_answer_replaces_the_older_one() {
        let (answers, now) = (PrivateAnswers::default(), Instant::now());
        answers.remember(RequestId(1), answer(1), now);
        answers.remember(RequestId(1), answer(2), now);
        let newer = answers.get(RequestId(1), now).unwrap();
        assert_eq!(newer.token.expose_secret(), "token-2");
        answers.forget(RequestId(1));
        assert!(answers.get(RequestId(1), now).is_none());
    }

    #[test]
    fn the_memory_of_answers_is_bounded_and_shows_no_secrets() {
        let (answers, now) = (PrivateAnswers::default(), Instant::now());
        for n in 0..5000 {
            answers.remember(RequestId(n), answer(n), now);
        }
        assert_eq!(format!("{answers:?}"), "PrivateAnswers(4096)");
        let oldest = answers.get(RequestId(904), now);
        assert!(oldest.is_some() && !format!("{oldest:?}").contains("token-904"));
        assert!(answers.get(RequestId(903), now).is_none());
    }
}
