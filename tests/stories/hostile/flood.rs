//! One person who asks for more than anybody needs. What it costs is bounded, and nobody else notices.

use std::time::Duration;

use headscale_usher::clock::Clock;
use serde_json::json;
use stage::Stage;
use stand_ins::discord::{Forged, Interaction, Member};

use super::ledger::Ledger;
use super::scene::Scene;

/// Refusals and claims that one person has in a minute.
const ALLOWED: usize = 20;
const MANY: usize = 1_000;
const TOO_FAST: &str = "You're doing that too often.";

fn ask(by: &Member, number: usize) -> Forged {
    let options = json!([
        { "type": 3, "name": "device", "value": format!("device-{number}") },
        { "type": 3, "name": "platform", "value": "linux" },
    ]);
    Forged::command(by, "request-device", &options)
}

/// Sends them as fast as they are answered, a hundred at a time; how many are told to wait.
async fn flood(forge: impl Fn(usize) -> Interaction) -> usize {
    const AT_ONCE: usize = 100;
    let mut slowed = 0;
    for wave in 0..MANY / AT_ONCE {
        let sent: Vec<_> = (0..AT_ONCE).map(|n| forge(wave * AT_ONCE + n)).collect();
        for interaction in sent {
            let ack = interaction.acknowledged().await;
            let content = ack.data["content"].as_str().unwrap_or_default();
            slowed += usize::from(content.contains(TOO_FAST));
        }
    }
    slowed
}

#[tokio::test]
async fn a_thousand_commands_of_one_member_cost_a_handful_of_rows_and_calls() {
    let stage = Stage::open().await;
    let discord = &stage.discord;
    let (mallory, bob) = (discord.member("mallory"), discord.member("bob"));
    let bobs = async {
        let asked = bob.request_device("laptop", "linux", None).await;
        asked.answer_says("Request #").await;
    };
    let (slowed, ()) = tokio::join!(flood(|n| discord.forge(ask(&mallory, n))), bobs);
    assert!(
        slowed >= MANY - 3 - 2 * ALLOWED,
        "{slowed} were slowed down"
    );
    let ledger = Ledger::of(&stage).await;
    assert_eq!(
        ledger.requests.len(),
        3 + 1,
        "mallory's open ones, and bob's"
    );
    let lines = ledger.lines_of(mallory.id()).len();
    assert!(lines <= 3 + 2 * ALLOWED, "{lines} lines about mallory");
    for known in &ledger.requests {
        let title = format!("Device request #{}", known.id);
        discord.card_where(&title, |card| card.says(&title)).await;
    }
    assert_eq!(discord.count("POST /channels/{}/messages"), 4);
    assert_eq!(
        discord.count("POST /interactions/{}/{}/callback"),
        MANY + 1,
        "one answer each, and nothing else"
    );
    let calls = stage.headscale.calls();
    assert!(calls.iter().all(|call| call.method == "GET"));
    stage.finish().await;
}

#[tokio::test]
async fn who_was_slowed_down_is_heard_again_a_minute_later() {
    let mut stage = Stage::set().await;
    stage.clock = Clock::manual(Clock::system().now());
    stage.start().await;
    let mallory = stage.discord.member("mallory");
    let click = async || {
        let forged = Forged::command(&mallory, "made-up", &json!([]));
        stage.discord.forge(forged).answer().await.text()
    };
    for _ in 0..ALLOWED {
        assert!(!click().await.contains(TOO_FAST));
    }
    assert!(click().await.contains(TOO_FAST));
    stage.clock.advance(Duration::from_secs(59));
    assert!(click().await.contains(TOO_FAST));
    stage.clock.advance(Duration::from_secs(1));
    assert!(!click().await.contains(TOO_FAST));
    let asked = mallory.request_device("laptop", "linux", None).await;
    asked.answer_says("Request #1").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_thousand_refused_clicks_cost_a_handful_of_rows_and_no_approver_a_moment() {
    let scene = Scene::set().await;
    let discord = &scene.stage.discord;
    let mallory = discord.member("mallory");
    let waiting = scene.called("waiting");
    let click = || Forged::click(&mallory, &waiting.card, "v1:approve:1");
    let carols = async {
        scene.carol.press(&waiting.card, "Approve").await;
        discord.message_says(&waiting.card, "Key sent").await;
    };
    let (slowed, ()) = tokio::join!(flood(|_| discord.forge(click())), carols);
    assert!(slowed >= MANY - 2 * ALLOWED, "{slowed} were slowed down");
    let lines = Ledger::of(&scene.stage).await.lines_of(mallory.id());
    assert!((1..=2 * ALLOWED).contains(&lines.len()), "{lines:?}");
    assert!(lines.iter().all(|line| line.starts_with("approve refused")));
    scene.stage.finish().await;
}

#[tokio::test]
async fn who_collects_a_key_again_and_again_is_slowed_down_and_holds_one_key_at_most() {
    let scene = Scene::set().await;
    let discord = &scene.stage.discord;
    let claimable = scene.called("claimable");
    let keys_before = scene.stage.headscale.keys().len();
    let live_before = scene.stage.headscale.live_keys().len();
    let claim = format!("v1:claim:{}", claimable.number);
    let mut slowed = 0;
    for _ in 0..3 * ALLOWED {
        let click = Forged::click(&scene.alice, &claimable.own, &claim);
        let answer = discord.forge(click).answer().await;
        slowed += usize::from(answer.text().contains(TOO_FAST));
    }
    assert!(slowed >= ALLOWED, "{slowed} were slowed down");
    let made = scene.stage.headscale.keys().len() - keys_before;
    assert!((1..=2 * ALLOWED).contains(&made), "{made} keys were made");
    assert_eq!(scene.stage.headscale.live_keys().len(), live_before + 1);
    scene.stage.finish().await;
}

#[tokio::test]
async fn an_approver_is_not_slowed_down_by_working_fast() {
    let mut stage = Stage::set().await;
    stage.settings.set("requests.max_open_per_member", 100);
    stage.settings.set("requests.max_per_day", 100);
    stage.start().await;
    let alice = stage.alice();
    let carol = stage.carol();
    for n in 0..2 * ALLOWED {
        let name = format!("device-{n}");
        let asked = alice.request_device(&name, "linux", None).await;
        asked.answer_says("Request #").await;
        let card = stage
            .discord
            .card_where("a card", |card| card.says(&format!("`{name}`")))
            .await;
        let form = carol.press(&card, "Deny…").await.answer().await;
        carol.submit(form.modal(), &[("reason", "no")]).await;
        stage.says(&card, "Denied").await;
    }
    stage.finish().await;
}

#[tokio::test]
async fn an_approver_may_press_thirty_cards_at_once() {
    const CARDS: usize = 30;
    let mut stage = Stage::set().await;
    stage.settings.set("requests.max_open_per_member", 100);
    stage.settings.set("requests.max_per_day", 100);
    stage.start().await;
    let (discord, alice) = (&stage.discord, stage.alice());
    let carol = discord.approver("carol");
    let mut cards = Vec::new();
    for n in 1..=CARDS {
        let asked = alice
            .request_device(&format!("device-{n}"), "linux", None)
            .await;
        asked.answer_says("Request #").await;
        let title = format!("Device request #{n} ");
        cards.push(discord.card_where(&title, |card| card.says(&title)).await);
    }
    let clicks = cards.iter().enumerate().map(|(n, card)| {
        let approve = format!("v1:approve:{}", n + 1);
        discord.forge(Forged::click(&carol, card, &approve))
    });
    for click in clicks.collect::<Vec<_>>() {
        let ack = click.acknowledged().await;
        let content = ack.data["content"].as_str().unwrap_or_default();
        assert_eq!(content, "", "nothing to tell somebody whose click counted");
    }
    for card in &cards {
        discord.message_says(card, "Key sent").await;
    }
    stage.finish().await;
}
