//! The private answers that can still be written to. In memory only: an interaction's token is a secret that
//! lives for fifteen minutes, and what it was wanted for can always be had another way.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;

use crate::domain::RequestId;

/// Fifteen minutes, less the time that a last edit may take.
/// Source: Discord's reference, "Receiving and Responding", interaction tokens.
const LIFE: Duration = Duration::from_secs(15 * 60 - 30);
/// The oldest is forgotten first.
const KEPT: usize = 4096;

/// A private answer that can be replaced while its interaction's token lives. Whoever holds one cannot read the token.
#[derive(Clone, Debug)]
pub struct PrivateAnswer {
    pub(super) token: SecretString,
}

/// The answers to the commands that made requests.
#[derive(Default)]
pub(super) struct Answers(Mutex<VecDeque<Entry>>);

struct Entry {
    request: RequestId,
    answer: PrivateAnswer,
    until: Instant,
}

impl PrivateAnswer {
    pub(crate) fn new(token: impl Into<SecretString>) -> Self {
        let token = token.into();
        Self { token }
    }
}

impl Answers {
    /// A newer answer takes the place of the older one.
    pub(super) fn remember(&self, request: RequestId, answer: PrivateAnswer) {
        self.write(request, answer, Instant::now());
    }

    fn write(&self, request: RequestId, answer: PrivateAnswer, now: Instant) {
        let until = now + LIFE;
        let mut book = self.book(now);
        book.retain(|entry| entry.request != request);
        if book.len() >= KEPT {
            book.pop_front();
        }
        book.push_back(Entry {
            request,
            answer,
            until,
        });
    }

    pub(super) fn forget(&self, request: RequestId) {
        self.book(Instant::now())
            .retain(|entry| entry.request != request);
    }

    pub(super) fn of(&self, request: RequestId) -> Option<PrivateAnswer> {
        self.read(request, Instant::now())
    }

    fn read(&self, request: RequestId, now: Instant) -> Option<PrivateAnswer> {
        self.book(now)
            .iter()
            .find(|entry| entry.request == request)
            .map(|entry| entry.answer.clone())
    }

    /// Entries are in the order of their deadlines: the dead are in front.
    fn book(&self, now: Instant) -> MutexGuard<'_, VecDeque<Entry>> {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while book.front().is_some_and(|entry| entry.until <= now) {
            book.pop_front();
        }
        book
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers")
            .field("live", &self.book(Instant::now()).len())
            .finish()
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
        let (answers, now) = (Answers::default(), Instant::now());
        answers.write(RequestId(1), answer(1), now);
        let lives = |minutes| {
            let later = now + Duration::from_mins(minutes);
            answers.read(RequestId(1), later).is_some()
        };
        assert!(lives(14));
        assert!(!lives(15));
    }

    #[test]
    fn a_newer_answer_replaces_the_older_one() {
        let answers = Answers::default();
        answers.remember(RequestId(1), answer(1));
        answers.remember(RequestId(1), answer(2));
        let newer = answers.of(RequestId(1)).unwrap();
        assert_eq!(newer.token.expose_secret(), "token-2");
        answers.forget(RequestId(1));
        assert!(answers.of(RequestId(1)).is_none());
    }

    #[test]
    fn the_book_is_bounded_and_says_no_secrets() {
        let answers = Answers::default();
        for n in 0..5000 {
            answers.remember(RequestId(n), answer(n));
        }
        assert_eq!(format!("{answers:?}"), "Answers { live: 4096 }");
        assert!(!format!("{:?}", answers.of(RequestId(904))).contains("token-904"));
        assert!(answers.of(RequestId(903)).is_none());
        assert!(answers.of(RequestId(904)).is_some());
    }
}
