//! More members leave at once than is likely: perhaps it is the settings that are wrong.

use headscale_usher::clock::Clock;
use stage::Stage;
use stand_ins::discord::Message;

use crate::leaving::{HOUR, LOOK, departures, joined, looked};
use crate::steps::with_clock;

/// Three members with a device each, all of whom have left. They are looked for in turn.
async fn with_three_who_left(settings: &[(&str, &str)]) -> (Stage, Clock) {
    let (mut stage, clock) = with_clock().await;
    for (key, value) in settings {
        stage.settings.text_value(key, value);
    }
    stage.start().await;
    for name in ["bob", "dora", "erin"] {
        let member = stage.discord.member(name);
        joined(&stage, &member, &format!("{name}-laptop")).await;
        member.leave();
    }
    stage.restart().await;
    (stage, clock)
}

async fn looks(stage: &Stage, clock: &Clock, times: usize) {
    for _ in 0..times {
        let before = stage.discord.count(LOOK);
        clock.advance(HOUR);
        looked(stage, before + 1).await;
    }
}

fn questions(stage: &Stage) -> Vec<Message> {
    let cards = stage.discord.cards().into_iter();
    cards
        .filter(|card| card.says("Departure") && card.button("Keep").is_some())
        .collect()
}

#[tokio::test]
async fn when_many_leave_at_once_the_approvers_are_asked_instead() {
    let settings = [("requests.on_member_left", "expire")];
    let (mut stage, clock) = with_three_who_left(&settings).await;
    looks(&stage, &clock, 8).await;
    stage.restart().await;
    looks(&stage, &clock, 48).await;
    let asked = questions(&stage);
    assert_eq!((asked.len(), departures(&stage)), (3, 3));
    assert!(
        asked
            .iter()
            .all(|card| card.says("more members than usual")),
        "{}",
        asked[0].text()
    );
    let carol = stage.carol();
    carol.press(&asked[0], "Keep").await;
    stage.says(&asked[0], "Kept").await;
    carol.press(&asked[1], "Expire all").await;
    stage.says(&asked[1], "Expired 1 device").await;
    looks(&stage, &clock, 4).await;
    assert_eq!(questions(&stage).len(), 1, "the last one still waits");
    stage.finish().await;
}
