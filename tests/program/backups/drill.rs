//! The drill: many people ask and are decided about, a backup is made in the middle, the program is killed some time
//! later, and the backup is restored.

use std::convert::Infallible;
use std::path::Path;

use headscale_usher::domain::{DeviceRequest, Status};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use stage::{Stage, aftermath, tell};
use tokio::sync::watch;

use super::done;
use crate::PROGRAM;

/// Something that somebody has read the bot's answer to.
#[derive(Clone, Debug)]
enum Fact {
    Asked(String),
    Approved(String),
}

impl Fact {
    fn is_in(&self, rows: &[DeviceRequest]) -> bool {
        let row = |device: &str| rows.iter().find(|row| row.device.as_str() == device);
        match self {
            Self::Asked(device) => row(device).is_some(),
            Self::Approved(device) => {
                row(device).is_some_and(|row| row.status() != Status::Pending)
            }
        }
    }
}

type Facts = watch::Sender<Vec<Fact>>;

pub(super) async fn whatever_was_acknowledged_before_a_backup_is_there_after_a_kill_and_a_restore()
{
    let long = std::env::var_os("USHER_LONG_TESTS").is_some();
    let rounds = if long { 20 } else { 3 };
    for round in 0..rounds {
        drill(StdRng::seed_from_u64(20_261_201 + round)).await;
    }
}

async fn drill(mut dice: StdRng) {
    let mut stage = Stage::set().await;
    stage
        .settings
        .text_value("retries.first", "20ms")
        .text_value("headscale.watch_interval", "200ms");
    stage.start_program(PROGRAM.as_ref()).await;
    let facts = Facts::default();
    let file = stage.dir().join("backup.db");
    let (first, more) = (dice.random_range(5..40), dice.random_range(1..20));
    let known = tokio::select! {
        known = back_up_in_the_middle(&stage, &facts, &file, (first, more)) => known,
        never = crowd(&stage, &facts) => match never {},
    };
    stage.kill().await;
    done(&stage, &["restore", "--yes"], &file).await;
    let rows = aftermath::rows(&stage).await;
    let lost: Vec<_> = known.iter().filter(|fact| !fact.is_in(&rows)).collect();
    assert!(lost.is_empty(), "of {} facts: {lost:?}", known.len());
    let all = facts.borrow().len();
    tell(&format!(
        "{} of {all} facts were acknowledged before the backup, none lost",
        known.len()
    ));
    goes_on(stage).await;
}

/// What was acknowledged before the backup began.
async fn back_up_in_the_middle(
    stage: &Stage,
    facts: &Facts,
    file: &Path,
    (first, more): (usize, usize),
) -> Vec<Fact> {
    let mut acknowledged = facts.subscribe();
    let mut at_least = async |count| {
        let waited = acknowledged.wait_for(|facts: &Vec<Fact>| facts.len() >= count);
        waited.await.expect("the crowd stays").clone()
    };
    let known = at_least(first).await;
    done(stage, &["backup"], file).await;
    let now = facts.borrow().len();
    at_least(now + more).await;
    known
}

async fn crowd(stage: &Stage, facts: &Facts) -> Infallible {
    let (never, ..) = tokio::join!(
        queue(stage, facts, "a"),
        queue(stage, facts, "b"),
        queue(stage, facts, "c"),
        queue(stage, facts, "d"),
    );
    never
}

/// One after the other asks and is approved.
async fn queue(stage: &Stage, facts: &Facts, name: &str) -> Infallible {
    let carol = stage.carol();
    let mut number = 0;
    loop {
        let device = format!("device-{name}{number}");
        let member = stage.discord.member(&format!("member_{name}{number}"));
        let asked = member.request_device(&device, "linux", None).await;
        asked.answer_says("Request #").await;
        facts.send_modify(|facts| facts.push(Fact::Asked(device.clone())));
        let card = stage.card_of(&device).await;
        carol.press(&card, "Approve").await.acknowledged().await;
        facts.send_modify(|facts| facts.push(Fact::Approved(device)));
        number += 1;
    }
}

/// On the database of before, the bot takes new requests.
async fn goes_on(mut stage: Stage) {
    stage.revive(PROGRAM.as_ref()).await;
    let alice = stage.alice();
    let asked = alice.request_device("laptop", "linux", None).await;
    asked.answer_says("Request #").await;
    assert_eq!(stage.stop().await.code(), Some(0));
    let rows = aftermath::rows(&stage).await;
    assert!(Fact::Asked("laptop".to_owned()).is_in(&rows));
}
