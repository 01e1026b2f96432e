//! The matrix: kill at a point, start again, let everybody go on, look at what is left.

use std::fmt;

use headscale_usher::domain::Status;
use stage::aftermath::{self, Cast, PATIENCE, Scan, WHO, Way};
use stage::{Stage, tell};
use stand_ins::headscale::When;
use tokio::task::JoinSet;

use super::points::{self, Line, Point};
use crate::PROGRAM;

/// Cases played at the same time: they mostly wait.
const SIDE_BY_SIDE: usize = 4;

/// The end of a case.
struct Outcome {
    status: Status,
    keys: usize,
}

pub(super) async fn a_kill_at_any_point_loses_nothing_and_doubles_nothing() {
    survive_all(points::USUAL).await;
}

pub(super) async fn a_kill_when_something_unusual_happens_loses_nothing_either() {
    survive_all(points::UNUSUAL).await;
}

async fn survive_all(lines: &[Line]) {
    let chosen = std::env::var("USHER_CRASH_POINTS").unwrap_or_default();
    let points = points::of(lines).into_iter();
    let mut waiting = points.filter(|point| point.to_string().contains(&chosen));
    let mut playing = JoinSet::new();
    let (mut told, mut failed) = (0, 0);
    loop {
        while playing.len() < SIDE_BY_SIDE
            && let Some(point) = waiting.next()
        {
            // A task of its own, so one failure leaves the rest of the table.
            playing.spawn(async move { (point, tokio::spawn(survive(point)).await) });
        }
        let Some(ended) = playing.join_next().await else {
            break;
        };
        let (point, outcome) = ended.expect("nothing panics here");
        told += 1;
        failed += usize::from(outcome.is_err());
        match outcome {
            Ok(outcome) => tell(&format!("{point} → {outcome}")),
            Err(_) => tell(&format!("{point} → FAILED")),
        }
    }
    assert_eq!(failed, 0, "of {told} points");
}

async fn survive(point: Point) -> Outcome {
    let mut stage = set(point.way).await;
    stage.launch(PROGRAM.as_ref());
    let mut cast = Cast::of(&stage, WHO, point.way, point.scan);
    // The trap is set before the program has made its first call. The last effect of all can be seen just before its
    // call is known to stand.
    let standing = async {
        let mut reached = std::pin::pin!(point.reached(&stage));
        tokio::select! {
            biased;
            standing = &mut reached => standing,
            () = cast.play(&stage) => reached.await,
        }
    };
    let standing = tokio::time::timeout(PATIENCE, standing).await;
    let standing = standing.unwrap_or_else(|_| panic!("{point}: never reached"));
    if point.scan == Scan::Meanwhile {
        cast.scan_now(&stage);
    }
    stage.kill().await;
    standing.let_go().await;
    stage.revive(PROGRAM.as_ref()).await;
    cast.scan = Scan::AtOnce;
    cast.play(&stage).await;
    conclude(point, stage).await
}

async fn set(way: Way) -> Stage {
    let mut stage = Stage::set().await;
    stage
        .settings
        .text_value("retries.first", "20ms")
        .text_value("headscale.watch_interval", "100ms");
    way.prepare(&mut stage).await;
    stage
}

async fn conclude(point: Point, stage: Stage) -> Outcome {
    let headscale = stage.headscale.clone();
    let rows = aftermath::settled(stage).await;
    let [row] = &rows[..] else {
        panic!("{point}: {} requests", rows.len());
    };
    let (status, mut devices) = point.way.ending();
    if point.way == Way::RevokeKey && point.scan == Scan::Meanwhile {
        devices = 1;
    }
    assert_eq!(row.status(), status, "{point}");
    assert_eq!(headscale.nodes().len(), devices, "{point}: devices");
    for key in headscale.issued_secrets() {
        assert!(
            headscale.join(&key, "another").is_err(),
            "{point}: a second scan"
        );
    }
    Outcome {
        status: row.status(),
        keys: headscale.keys().len(),
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = match self.when {
            When::Before => "before",
            When::After => "after",
        };
        let scan = match self.scan {
            Scan::AtOnce => "at once",
            Scan::Later => "later",
            Scan::Meanwhile => "meanwhile",
        };
        write!(
            f,
            "{:<16} {when:<6} {:<27} scan {scan:<9}",
            format!("{:?}", self.way),
            self.name
        )
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} keys made", self.status.into_str(), self.keys)
    }
}
