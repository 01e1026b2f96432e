//! What one run finds out, figure by figure, with the targets for a machine with two cores.

use std::time::Duration;

use super::process::Memory;
use super::spent::Spent;
use super::track::{Spread, Track, whole};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Milliseconds,
    Seconds,
    Megabytes,
    Number,
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) unit: Unit,
    /// `None` if it could not be seen.
    pub(super) value: Option<f64>,
    /// The target: at most so much.
    pub(super) limit: Option<f64>,
}

/// The figures of one phase.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Section {
    pub(super) title: String,
    pub(super) figures: Vec<Figure>,
}

/// Everything that a run found out. Runs with the same options find the same figures in the same order.
pub(super) type Sheet = Vec<Section>;

impl Figure {
    fn new(name: &str, unit: Unit, value: Option<f64>) -> Self {
        Self {
            name: name.to_owned(),
            unit,
            value,
            limit: None,
        }
    }

    fn ms(name: &str, time: Duration) -> Self {
        Self::new(name, Unit::Milliseconds, Some(time.as_secs_f64() * 1000.0))
    }

    fn seconds(name: &str, time: Duration) -> Self {
        Self::new(name, Unit::Seconds, Some(time.as_secs_f64()))
    }

    #[expect(clippy::cast_precision_loss, reason = "for people's eyes")]
    fn megabytes(name: &str, kilobytes: u64) -> Self {
        Self::new(name, Unit::Megabytes, Some(kilobytes as f64 / 1024.0))
    }

    fn number(name: &str, value: f64) -> Self {
        Self::new(name, Unit::Number, Some(value))
    }

    fn at_most(mut self, limit: f64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Half of them and nearly all of them.
    fn pair(name: &str, spread: &Spread) -> [Self; 2] {
        [50, 99].map(|percent| {
            let name = format!("{name}, p{percent}");
            Self::ms(&name, spread.percentile(percent))
        })
    }
}

/// The moments between which a request's times are taken.
struct Times {
    command: Spread,
    click: Spread,
    card: Spread,
    letter: Spread,
    joined: Spread,
}

impl Times {
    fn of(tracks: &[Track]) -> Self {
        Self {
            command: Spread::of(tracks, |it| it.asked, |it| it.ask_taken),
            click: Spread::of(tracks, |it| it.clicked, |it| it.click_taken),
            card: Spread::of(tracks, |it| it.asked, |it| it.card),
            letter: Spread::of(tracks, |it| it.clicked, |it| it.letter),
            joined: Spread::of(tracks, |it| it.letter, |it| it.joined),
        }
    }
}

/// Twice: with a new database, and with one that is there.
pub(super) fn starts(first: Duration, next: Duration, finished: u64) -> Section {
    const READY: f64 = 200.0;
    let next_name = match finished {
        0 => "the next time".to_owned(),
        finished => format!("with {finished} finished requests"),
    };
    Section {
        title: "From its start until it is ready".to_owned(),
        figures: vec![
            Figure::ms("with a new database", first).at_most(READY),
            Figure::ms(&next_name, next).at_most(READY),
        ],
    }
}

/// At a steady rate: everything.
pub(super) fn steady(title: String, tracks: &[Track], spent: &Spent) -> Section {
    let times = Times::of(tracks);
    let taken = times.command.with(times.click);
    let [taken_half, taken_most] = Figure::pair("command or click → acknowledged", &taken);
    let [letter_half, letter_most] = Figure::pair("click → letter with the key", &times.letter);
    let mut figures = vec![taken_half, taken_most.at_most(8.0)];
    figures.push(Figure::ms("the same, slowest", taken.max()));
    figures.extend(Figure::pair("command → card", &times.card));
    figures.extend([letter_half, letter_most.at_most(20.0)]);
    figures.extend(Figure::pair("device joins → card says so", &times.joined));
    figures.extend(costs(spent));
    Section { title, figures }
}

/// For each finished request.
fn costs(spent: &Spent) -> [Figure; 8] {
    [
        Figure::ms("CPU for each request", spent.bot).at_most(7.0),
        Figure::ms("(CPU of the stand-ins for it)", spent.stand_ins),
        Figure::number("calls to Discord for each request", spent.discord),
        Figure::number("… of which Discord counts", spent.counted),
        Figure::number("calls to Headscale for each request", spent.headscale),
        Figure::new("commits for each request", Unit::Number, spent.commits),
        Figure::number("involuntary switches for each request", spent.switches),
        memory(spent.memory.now),
    ]
}

fn memory(kilobytes: u64) -> Figure {
    Figure::megabytes("resident memory afterwards", kilobytes)
}

/// Many at once, approved as their cards come.
pub(super) fn bursts(title: String, tracks: &[Track], spent: &Spent) -> Section {
    let times = Times::of(tracks);
    let taken = times.command.with(times.click);
    let mut figures = Figure::pair("command or click → acknowledged", &taken).to_vec();
    figures.push(Figure::ms("the same, slowest", taken.max()));
    figures.extend(Figure::pair("click → letter with the key", &times.letter));
    figures.push(Figure::ms("CPU for each request", spent.bot));
    figures.push(Figure::new(
        "commits for each request",
        Unit::Number,
        spent.commits,
    ));
    figures.push(Figure::number(
        "involuntary switches for each request",
        spent.switches,
    ));
    Section { title, figures }
}

/// All commands at once, and when every card is there, all clicks at once.
pub(super) fn slow(title: String, tracks: &[Track]) -> Section {
    let times = Times::of(tracks);
    let mut figures = Figure::pair("command → acknowledged", &times.command).to_vec();
    let commands = whole(tracks, |it| it.asked, |it| it.ask_taken);
    figures.push(Figure::ms("until all commands are acknowledged", commands).at_most(500.0));
    let cards = whole(tracks, |it| it.asked, |it| it.card);
    figures.push(Figure::seconds("until all cards are posted", cards));
    figures.extend(Figure::pair("click → acknowledged", &times.click));
    let clicks = whole(tracks, |it| it.clicked, |it| it.click_taken);
    figures.push(Figure::ms("until all clicks are acknowledged", clicks));
    let letters = whole(tracks, |it| it.clicked, |it| it.letter);
    figures.push(Figure::seconds("until all letters hold a key", letters));
    Section { title, figures }
}

/// Headscale stands still while people ask and approve; afterwards it takes so long until everything is done.
pub(super) fn hanging(title: String, tracks: &[Track], recovered: Duration) -> Section {
    let times = Times::of(tracks);
    let [click_half, click_most] = Figure::pair("click → acknowledged", &times.click);
    let mut figures = Figure::pair("command → acknowledged", &times.command).to_vec();
    figures.extend([click_half, click_most.at_most(5.0)]);
    figures.push(Figure::seconds(
        "all finished after it answers again",
        recovered,
    ));
    Section { title, figures }
}

pub(super) fn end(memory: Memory, stopped: Duration) -> Section {
    Section {
        title: "In the end".to_owned(),
        figures: vec![
            Figure::megabytes("most resident memory ever", memory.peak).at_most(35.0),
            Figure::ms("from SIGTERM until it is gone", stopped),
        ],
    }
}
