//! Messages are written as they should be, and once.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use tracing::instrument::WithSubscriber;
use tracing_subscriber::fmt::format::FmtSpan;

use super::office::{EDIT, KEY, Office, POST, at, id, shown};
use crate::domain::{ClaimReason, Projection, State};
use crate::outbound::{Error, Missing};
use crate::support::states::approval;

#[tokio::test]
async fn a_card_calls_the_approvers_once_and_is_edited_for_life() {
    let office = Office::open().await;
    let place = office.show_card(&office.request()).await.unwrap();
    let card = office.discord.card().await;
    assert_eq!(place.message.0, id(card.id()));
    assert_eq!(card.labels(), ["Approve", "Deny…"]);
    assert_eq!(
        card.pings().roles,
        [office.discord.approver_role_id()].into()
    );

    let mut approved = office.approved();
    approved.card = at(place);
    office.show_card(&approved).await.unwrap();
    let card = card.again().unwrap();
    assert_eq!(card.labels(), ["Revoke…"]);
    assert_eq!(office.discord.cards().len(), 1);
    let edit = office.discord.calls().pop().unwrap();
    assert_eq!(edit.route, EDIT);
    assert_eq!(
        edit.body.unwrap()["allowed_mentions"]["parse"],
        serde_json::json!([])
    );
    office.finish();
}

#[tokio::test]
async fn a_letter_is_opened_without_a_key_and_later_shows_it_and_loses_it() {
    let office = Office::open().await;
    let place = office.show_letter(&office.approved()).await.unwrap();
    assert!(office.alice.letter().await.scan().is_none());

    let request = office.issuing(Some(place));
    let secret = SecretString::from(KEY);
    let key = shown(&request, &secret);
    office.messenger.show_key(&request, &key).await.unwrap();
    let letter = office.alice.letter().await;
    assert_eq!(letter.scan().as_deref(), Some(KEY));
    assert!(letter.says(KEY));
    assert_eq!(letter.attachments().len(), 1);

    office.messenger.show_key(&request, &key).await.unwrap();
    assert_eq!(office.alice.letter().await.attachments().len(), 1);

    office.show_letter(&request).await.unwrap();
    let letter = office.alice.letter().await;
    assert!(letter.attachments().is_empty() && !letter.says(KEY));
    assert_eq!(office.alice.letters().len(), 1);
    office.finish();
}

#[tokio::test]
async fn a_notice_calls_the_requester_and_nobody_else() {
    let office = Office::open().await;
    let mut request = office.approved();
    request.state = State::Claimable {
        approval: approval(),
        because: ClaimReason::DirectMessagesClosed,
        until: request.created_at + SignedDuration::from_hours(72),
    };
    let place = office.show_notice(&request).await.unwrap();
    let message = office.discord.message(place.message.0.unsigned_abs());
    let message = message.unwrap();
    assert_eq!(message.channel_id(), office.discord.general_channel_id());
    assert_eq!(message.pings().users, [office.alice.id()].into());
    request.notice = at(place);
    office.show_notice(&request).await.unwrap();
    office.finish();
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_message() {
    let office = Office::open().await;
    office.discord.fault(POST).drop_reply();
    let request = office.request();
    let error = office.show_card(&request).await.unwrap_err();
    assert!(matches!(error, Error::Transient(_)), "{error}");
    let place = office.show_card(&request).await.unwrap();
    let cards = office.discord.cards();
    assert_eq!(cards.len(), 1);
    assert_eq!(place.message.0, id(cards[0].id()));
    assert_eq!(office.discord.count(EDIT), 0);
    office.finish();
}

#[tokio::test]
async fn an_older_message_handed_back_for_the_nonce_is_brought_up_to_date() {
    let office = Office::open().await;
    office.discord.fault(POST).drop_reply();
    let mut request = office.request();
    office.show_card(&request).await.unwrap_err();
    request.state = office.approved().state;
    request.version = 2;
    office.show_card(&request).await.unwrap();
    let cards = office.discord.cards();
    assert_eq!(cards.len(), 1);
    assert_eq!(cards[0].labels(), ["Revoke…"]);
    assert_eq!(office.discord.count(EDIT), 1);
    office.finish();
}

#[tokio::test]
async fn a_new_generation_is_a_new_message() {
    let office = Office::open().await;
    let mut request = office.request();
    let place = office.show_card(&request).await.unwrap();
    office.discord.delete_message(&office.discord.card().await);
    request.card = at(place);
    assert_eq!(
        office.show_card(&request).await,
        Err(Error::Gone(Missing::Message))
    );
    request.card = Projection {
        generation: 1,
        ..Projection::default()
    };
    let again = office.show_card(&request).await.unwrap();
    assert_ne!(again, place);
    office.finish();
}

/// The contents of a log at its most talkative.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, ink: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(ink);
        Ok(ink.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_key_on_its_way_leaves_no_trace_in_the_log() {
    let office = Office::open().await;
    let paper = Paper::default();
    let ours = paper.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_writer(move || ours.clone())
        .finish();
    let writing = async {
        let place = office.show_letter(&office.approved()).await;
        let request = office.issuing(Some(place.unwrap()));
        let secret = SecretString::from(KEY);
        let key = shown(&request, &secret);
        office.messenger.show_key(&request, &key).await.unwrap();
    };
    writing.with_subscriber(subscriber).await;
    let log = String::from_utf8_lossy(&paper.0.lock().unwrap()).into_owned();
    assert!(log.contains("hyper"), "the log is at its most talkative");
    assert!(!log.contains(KEY));
    assert!(!log.contains(office.discord.token().expose_secret()));
}
