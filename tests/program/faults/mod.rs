//! Every call that the bot makes, broken in every way that networks and services break: once, and for good. Each case
//! ends settled, or parked with a cause that people understand, and never with many calls.

mod acknowledged;
mod discord;
mod gateway;
mod headscale;
mod parked;
mod starting;

use std::collections::BTreeMap;
use std::future::Future;

use libtest_mimic::Trial;
use stage::aftermath::{self, Cast, Scan, WHO, Way};
use stage::{Stage, tell};
use stand_ins::discord::Call;
use tokio::task::JoinSet;

/// Cases that run side by side: each has a bot and two stand-ins of its own.
const AT_ONCE: usize = 8;

/// The calls of one kind that going on after a fault may take, besides the story's own: taking a key back lists twice.
const MORE: usize = 3;

/// Calls by kind; a bot that polls may list nodes as long as the story lasts.
type Calls = BTreeMap<String, usize>;

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        parked::what_lasts_is_parked_with_a_cause_and_mended_later,
        gateway::no_broken_connection_loses_or_doubles_anything,
        acknowledged::people_are_answered_before_the_call_that_hangs_is_let_go,
        discord::no_broken_call_about_a_letter_loses_or_doubles_anything,
        discord::no_broken_call_about_a_claim_loses_or_doubles_anything,
        discord::no_broken_call_about_a_notice_loses_or_doubles_anything,
        discord::no_broken_call_about_a_denial_loses_or_doubles_anything,
        discord::no_broken_call_about_revoking_loses_or_doubles_anything,
        discord::no_broken_call_about_something_unusual_loses_or_doubles_anything,
        headscale::no_broken_call_to_headscale_loses_or_doubles_anything,
        headscale::no_broken_call_to_headscale_does_when_something_unusual_happens,
        starting::a_start_that_breaks_once_is_a_start_in_the_end,
    ]
}

/// Cards are edited by the bot, or through the last click on them.
fn is_card(call: &Call) -> bool {
    call.method == "PATCH" && String::from_utf8_lossy(&call.raw).contains("Device request #")
}

/// A bot that has little patience, so nobody waits for answers that never come.
async fn set() -> Stage {
    let mut stage = Stage::set().await;
    stage
        .settings
        .text_value("headscale.timeout", "500ms")
        .text_value("headscale.watch_interval", "100ms")
        .text_value("discord.timeout", "1s")
        .text_value("retries.first", "50ms");
    stage
}

/// A bot that runs, and somebody who is about to ask for a device.
pub(crate) async fn open(way: Way) -> (Stage, Cast) {
    open_with(way, |_| ()).await.0
}

/// The same, with something that is there before the bot makes its first call.
async fn open_with<F>(way: Way, broken: impl FnOnce(&Stage) -> F) -> ((Stage, Cast), F) {
    let mut stage = set().await;
    way.prepare(&mut stage).await;
    let broken = broken(&stage);
    stage.start().await;
    let cast = Cast::of(&stage, WHO, way, Scan::AtOnce);
    ((stage, cast), broken)
}

/// The story goes on to its end, which is the same whatever broke; how many calls it took.
pub(crate) async fn end_well(case: &str, stage: Stage, mut people: Cast) -> Calls {
    people.play(&stage).await;
    let calls = calls(&stage);
    let headscale = stage.headscale.clone();
    let rows = aftermath::settled(stage).await;
    assert_eq!(rows.len(), 1, "{case}: requests");
    let (status, devices) = people.way.ending();
    assert_eq!(rows[0].status(), status, "{case}");
    assert_eq!(headscale.nodes().len(), devices, "{case}: devices");
    calls
}

fn calls(stage: &Stage) -> Calls {
    let mut calls = Calls::new();
    for call in stage.discord.calls() {
        *calls.entry(call.route).or_default() += 1;
    }
    for call in stage.headscale.calls() {
        let kind = format!("{} {}", call.method, without_numbers(&call.path));
        *calls.entry(kind).or_default() += 1;
    }
    calls
}

fn without_numbers(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.parse::<u64>() {
        Ok(_) => "*",
        Err(_) => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// No fault costs more than the whole story over again. Nodes are listed as long as the story lasts, and people who wait
/// click again: each click has an answer.
fn assert_few(case: &str, faults: usize, calls: &Calls, usual: &Calls) {
    let endless = ["GET /api/v1/node", "POST /interactions/{}/{}/callback"];
    for (kind, count) in calls {
        let most = (usual.get(kind).copied().unwrap_or_default() + MORE) * (1 + faults);
        let few = endless.contains(&kind.as_str()) || *count <= most;
        assert!(few, "{case}: {count} times {kind}");
    }
}

/// The calls of a way in which nothing goes wrong.
async fn usual(way: Way) -> Calls {
    let (stage, cast) = open(way).await;
    end_well("without faults", stage, cast).await
}

/// Runs all cases, a few at a time; those that fail are named together.
async fn all<F>(cases: Vec<(String, F)>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let count = cases.len();
    let mut waiting = cases.into_iter();
    let mut running = JoinSet::new();
    let mut failed = Vec::new();
    loop {
        while running.len() < AT_ONCE
            && let Some((name, case)) = waiting.next()
        {
            running.spawn(async move { (name, tokio::spawn(case).await.is_ok()) });
        }
        let Some(ended) = running.join_next().await else {
            break;
        };
        let (name, passed) = ended.expect("nothing panics here");
        let ending = if passed { "settled" } else { "FAILED" };
        tell(&format!("{name} → {ending}"));
        failed.extend((!passed).then_some(name));
    }
    assert!(failed.is_empty(), "of {count}: {failed:#?}");
}
