//! The private answers that can still be written to. In memory only: an interaction's token is a secret that
//! lives for fifteen minutes, and what it was wanted for can always be had another way.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;

use crate::domain::RequestId;

/// Fifteen minutes, less the time that a last edit may take.
/// Source: Discord's reference, "Receiving and Responding", interaction tokens.
const LIFE: Duration = Duration::from_secs(15 * 60 - 30);
/// The oldest is forgotten first.
const KEPT: usize = 4096;

/// Which of a member's private answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To the command that made the request.
    Receipt,
    /// To *Get my key*.
    Claim,
}

/// Cheap to clone; all clones are one book.
#[derive(Clone, Default)]
pub struct Answers(Arc<Mutex<VecDeque<Entry>>>);

struct Entry {
    request: RequestId,
    answer: Answer,
    token: SecretString,
    until: Instant,
}

impl Answers {
    /// A newer answer of the same kind takes the place of the older one.
    pub fn remember(&self, request: RequestId, answer: Answer, token: SecretString) {
        self.write(request, answer, token, Instant::now());
    }

    fn write(&self, request: RequestId, answer: Answer, token: SecretString, now: Instant) {
        let until = now + LIFE;
        let mut book = self.book(now);
        book.retain(|entry| !entry.is(request, answer));
        if book.len() >= KEPT {
            book.pop_front();
        }
        book.push_back(Entry {
            request,
            answer,
            token,
            until,
        });
    }

    pub fn forget(&self, request: RequestId, answer: Answer) {
        self.book(Instant::now())
            .retain(|entry| !entry.is(request, answer));
    }

    pub fn lives(&self, request: RequestId, answer: Answer) -> bool {
        self.token(request, answer).is_some()
    }

    pub(super) fn token(&self, request: RequestId, answer: Answer) -> Option<SecretString> {
        self.read(request, answer, Instant::now())
    }

    fn read(&self, request: RequestId, answer: Answer, now: Instant) -> Option<SecretString> {
        self.book(now)
            .iter()
            .find(|entry| entry.is(request, answer))
            .map(|entry| entry.token.clone())
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

impl Entry {
    fn is(&self, request: RequestId, answer: Answer) -> bool {
        self.request == request && self.answer == answer
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

    fn secret(n: i64) -> SecretString {
        format!("token-{n}").into()
    }

    #[test]
    fn an_answer_is_forgotten_before_discord_forgets_it() {
        let (answers, now) = (Answers::default(), Instant::now());
        answers.write(RequestId(1), Answer::Receipt, secret(1), now);
        let lives = |answer, minutes| {
            let later = now + Duration::from_mins(minutes);
            answers.read(RequestId(1), answer, later).is_some()
        };
        assert!(lives(Answer::Receipt, 14));
        assert!(!lives(Answer::Claim, 14));
        assert!(!lives(Answer::Receipt, 15));
    }

    #[test]
    fn a_newer_answer_replaces_the_older_one_of_its_kind() {
        let answers = Answers::default();
        answers.remember(RequestId(1), Answer::Claim, secret(1));
        answers.remember(RequestId(1), Answer::Claim, secret(2));
        let token = answers.token(RequestId(1), Answer::Claim).unwrap();
        assert_eq!(token.expose_secret(), "token-2");
        answers.forget(RequestId(1), Answer::Claim);
        assert!(!answers.lives(RequestId(1), Answer::Claim));
    }

    #[test]
    fn the_book_is_bounded_and_says_no_secrets() {
        let answers = Answers::default();
        for n in 0..5000 {
            answers.remember(RequestId(n), Answer::Receipt, secret(n));
        }
        assert_eq!(format!("{answers:?}"), "Answers { live: 4096 }");
        assert!(!answers.lives(RequestId(903), Answer::Receipt));
        assert!(answers.lives(RequestId(904), Answer::Receipt));
    }
}
