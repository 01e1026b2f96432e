//! `/requests`: an approver sees what waits, and finds the cards.

use headscale_usher::store::entity::device_request;
use sea_orm::{ActiveModelTrait as _, Database, EntityTrait as _, IntoActiveModel as _};
use serde_json::{Value, json};
use stage::Stage;
use stand_ins::discord::model::AckKind;
use stand_ins::discord::{Forged, Member, Message};

use crate::steps::{answer, told, until};

const EDIT: &str = "PATCH /channels/{}/messages/{}";
const POST: &str = "POST /channels/{}/messages";
const NEWER: &str = "Newer ▶";
const OLDER: &str = "◀ Older";

/// The server's administrators let approvers use the command.
fn allowed(stage: &Stage) {
    let role = stage.discord.approver_role_id();
    stage.discord.allow_command("requests", role);
}

async fn open() -> Stage {
    let stage = Stage::open().await;
    allowed(&stage);
    stage
}

async fn list(by: &Member, options: Value) -> Message {
    let listed = by.slash("requests", options).await.answer().await;
    assert!(listed.ephemeral, "nobody else sees it");
    listed.message().clone()
}

/// The page that takes the list's place.
async fn turned(by: &Member, list: &Message, label: &str) -> Message {
    let turned = by.press(list, label).await.answer().await;
    assert_eq!(turned.kind, AckKind::Update);
    turned.message().clone()
}

/// The requests on the page, from top to bottom.
fn numbers(list: &Message) -> Vec<i64> {
    let text = list.embeds()[0]["description"].as_str().unwrap_or_default();
    let numbers = text.lines().filter_map(|line| {
        let (number, _) = line.strip_prefix("**#")?.split_once("**")?;
        number.parse().ok()
    });
    numbers.collect()
}

fn link(stage: &Stage, card: &Message) -> String {
    let (guild, channel) = (stage.discord.guild_id(), card.channel_id());
    format!(
        "https://discord.com/channels/{guild}/{channel}/{}",
        card.id()
    )
}

#[tokio::test]
async fn an_approver_sees_what_waits_and_the_way_to_each_card() {
    let stage = open().await;
    let (alice, bob, carol) = (stage.alice(), stage.bob(), stage.carol());
    let laptop = stage.asked(&alice, "laptop").await;
    let tablet = stage.asked(&bob, "tablet").await;
    stage.approved(&bob, "phone").await;
    let waiting = list(&carol, json!({})).await;
    assert_eq!(numbers(&waiting), [1, 2]);
    for (card, who, device) in [
        (&laptop, "@alice", "`laptop`"),
        (&tablet, "@bob", "`tablet`"),
    ] {
        for words in [&link(&stage, card), who, device] {
            assert!(waiting.says(words), "{words}: {}", waiting.text());
        }
    }
    assert_eq!(
        waiting.pings(),
        &stand_ins::discord::model::Pings::default()
    );
    let of_bob = json!({"member": bob.id().to_string()});
    assert_eq!(numbers(&list(&carol, of_bob).await), [2]);
    let sent = json!({"status": "delivered", "member": bob.id().to_string()});
    assert_eq!(numbers(&list(&carol, sent).await), [3]);
    let none = list(&carol, json!({"status": "failed"})).await;
    assert!(none.says("There are none."), "{}", none.text());
    stage.finish().await;
}

#[tokio::test]
async fn the_list_is_hidden_from_whom_nobody_allowed_it_and_refused_all_the_same() {
    let stage = Stage::open().await;
    let (alice, carol) = (stage.alice(), stage.carol());
    stage.asked(&alice, "laptop").await;
    for who in [&alice, &carol] {
        assert!(who.try_slash("requests", json!({})).await.is_err());
    }
    allowed(&stage);
    assert!(alice.try_slash("requests", json!({})).await.is_err());
    let forged = Forged::command(&alice, "requests", &json!([]));
    let refused = answer(stage.discord.forge(forged)).await;
    assert!(refused.contains("Only approvers can do that."), "{refused}");
    assert_eq!(numbers(&list(&carol, json!({})).await), [1]);
    stage.finish().await;
}

#[tokio::test]
async fn whoever_is_no_approver_any_more_turns_no_page_and_posts_no_card() {
    let stage = many(11).await;
    let carol = stage.carol();
    let waiting = list(&carol, json!({})).await;
    carol.take_role(stage.discord.approver_role_id());
    for label in [NEWER, "🔁 #1"] {
        let refused = told(&carol, &waiting, label).await;
        assert!(refused.contains("Only approvers can do that."), "{refused}");
    }
    assert_eq!(stage.discord.cards().len(), 1);
    stage.finish().await;
}

/// A stage on which so many requests wait: one that was made by a command, and copies of it.
async fn many(count: i64) -> Stage {
    let mut stage = open().await;
    stage.asked(&stage.alice(), "laptop").await;
    stage.stop().await;
    let url = format!("sqlite://{}", stage.database().display());
    let db = Database::connect(url).await.expect("the file opens");
    let first = device_request::Entity::find_by_id(1).one(&db).await;
    let first = first.expect("it can be read").expect("it was asked for");
    let copies = (2..=count).map(|number| copy(&first, number).into_active_model().reset_all());
    let inserted = device_request::Entity::insert_many(copies).exec(&db).await;
    inserted.expect("they are stored");
    db.close().await.expect("the file closes");
    stage.start().await;
    stage
}

fn copy(first: &device_request::Model, number: i64) -> device_request::Model {
    let device = format!("laptop-{number}");
    let mut facts: Value = serde_json::from_str(&first.facts).expect("facts are JSON");
    (facts["interaction"], facts["device"]) = (json!(number), json!(device));
    device_request::Model {
        id: number,
        interaction_id: number,
        reserved_name: Some(device),
        facts: facts.to_string(),
        ..first.clone()
    }
}

#[tokio::test]
async fn five_hundred_waiting_requests_are_read_page_by_page_across_a_restart() {
    let mut stage = many(500).await;
    let carol = stage.carol();
    let mut page = list(&carol, json!({})).await;
    assert!(page.button(OLDER).is_none());
    let mut read = numbers(&page);
    while page.button(NEWER).is_some() {
        if read.len() == 250 {
            stage.restart().await;
        }
        page = turned(&carol, &page, NEWER).await;
        assert_eq!(numbers(&page).len(), 10);
        read.extend(numbers(&page));
    }
    assert_eq!(read, (1..=500).collect::<Vec<_>>());
    page = turned(&carol, &page, OLDER).await;
    assert_eq!(numbers(&page), (481..=490).collect::<Vec<_>>());
    assert!(page.button(NEWER).is_some());
    stage.finish().await;
}

#[tokio::test]
async fn a_button_that_is_out_of_date_answers_with_the_list_of_today() {
    let mut stage = Stage::set().await;
    stage.settings.set("requests.max_open_per_member", 20);
    stage.settings.set("requests.max_per_day", 20);
    stage.start().await;
    allowed(&stage);
    let (alice, carol) = (stage.alice(), stage.carol());
    let mut cards = Vec::new();
    for number in 1..=12 {
        cards.push(stage.asked(&alice, &format!("laptop-{number}")).await);
    }
    let first = list(&carol, json!({})).await;
    let other = list(&carol, json!({})).await;
    let second = turned(&carol, &other, NEWER).await;
    assert_eq!(numbers(&second), [11, 12]);
    for card in &cards[9..] {
        stage.approve(card).await;
        stage.says(card, "Key sent").await;
    }
    let today: Vec<_> = (1..=9).collect();
    let instead = turned(&carol, &first, NEWER).await;
    assert_eq!(numbers(&instead), today);
    assert!(instead.button(NEWER).is_none());
    assert_eq!(numbers(&turned(&carol, &second, OLDER).await), today);
    stage.finish().await;
}

#[tokio::test]
async fn a_page_that_was_forged_onto_a_card_leaves_the_card_alone() {
    let stage = open().await;
    let carol = stage.carol();
    let card = stage.asked(&stage.alice(), "laptop").await;
    let forged = Forged::click(&carol, &card, "v1:list:pending:any:after:9");
    let answer = stage.discord.forge(forged).answer().await;
    assert!(answer.ephemeral && answer.kind == AckKind::Message);
    assert_eq!(numbers(answer.message()), [1]);
    assert!(
        card.again()
            .is_some_and(|card| card.button("Approve").is_some())
    );
    stage.finish().await;
}

#[tokio::test]
async fn a_card_that_was_deleted_is_posted_again_at_once() {
    let stage = open().await;
    let (alice, carol) = (stage.alice(), stage.carol());
    let card = stage.asked(&alice, "laptop").await;
    stage.discord.delete_message(&card);
    let waiting = list(&carol, json!({})).await;
    let words = told(&carol, &waiting, "🔁 #1").await;
    assert!(words.contains("is being posted again"), "{words}");
    let again = stage.card_of("laptop").await;
    assert!(card.id() < again.id());
    stage.approve(&again).await;
    alice.letter_with_key().await;
    let words = told(&carol, &waiting, "🔁 #1").await;
    assert!(words.contains("approved this"), "{words}");
    stage.says(&again, "Key sent").await;
    assert_eq!(stage.discord.cards().len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn a_card_that_is_still_there_leads_to_the_one_that_was_posted_again() {
    let stage = open().await;
    let (alice, carol) = (stage.alice(), stage.carol());
    let card = stage.asked(&alice, "laptop").await;
    let waiting = list(&carol, json!({})).await;
    carol.press(&waiting, "🔁 #1").await;
    until(|| stage.discord.cards().len() == 2).await;
    let again = stage.card_of("laptop").await;
    let way = link(&stage, &again);
    let old = stage.says(&card, &way).await;
    assert!(old.labels().is_empty(), "{}", old.text());
    let outdated = Forged::click(&carol, &old, "v1:approve:1");
    let words = answer(stage.discord.forge(outdated)).await;
    assert!(words.ends_with(&way), "{words}");
    assert!(list(&carol, json!({})).await.says(&way));
    stage.approve(&again).await;
    alice.letter_with_key().await;
    stage.says(&again, "Key sent").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_card_that_was_posted_again_decides_before_the_old_one_leads_to_it() {
    let stage = open().await;
    let (alice, carol) = (stage.alice(), stage.carol());
    let card = stage.asked(&alice, "laptop").await;
    let waiting = list(&carol, json!({})).await;
    let held = stage.discord.fault(EDIT).hold();
    carol.press(&waiting, "🔁 #1").await;
    held.arrived().await;
    let again = stage.card_of("laptop").await;
    assert!(card.id() < again.id());
    let approved = carol.press(&again, "Approve").await.acknowledged().await;
    assert_eq!(approved.kind, AckKind::DeferredUpdate, "{}", approved.data);
    held.release();
    alice.letter_with_key().await;
    stage.says(&card, &link(&stage, &again)).await;
    stage.says(&again, "Key sent").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_card_that_is_being_posted_again_comes_once_though_the_bot_restarts() {
    let mut stage = open().await;
    let (alice, carol) = (stage.alice(), stage.carol());
    let card = stage.asked(&alice, "laptop").await;
    let waiting = list(&carol, json!({})).await;
    let held = stage.discord.fault(POST).hold_reply();
    carol.press(&waiting, "🔁 #1").await;
    held.arrived().await;
    let release = async { held.release() };
    let (_, ()) = tokio::join!(stage.stop(), release);
    stage.start().await;
    let again = stage.card_of("laptop").await;
    stage.says(&card, &link(&stage, &again)).await;
    stage.approve(&again).await;
    alice.letter_with_key().await;
    stage.says(&again, "Key sent").await;
    assert_eq!(stage.discord.cards().len(), 2);
    stage.finish().await;
}
