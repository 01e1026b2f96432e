//! The table.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use super::process::{self, Cpu};
use super::track::{Spread, Track};
use stand_ins::discord::Discord;
use stand_ins::headscale::Headscale;

/// The targets for a machine with two cores.
const READY: Duration = Duration::from_millis(200);
const ACKNOWLEDGED: Duration = Duration::from_millis(50);
const CPU: Duration = Duration::from_millis(5);
const PEAK_KB: u64 = 40 * 1024;

/// Everything that was found out.
#[derive(Default)]
pub(super) struct Report {
    pub(super) first_start: Duration,
    pub(super) next_start: Duration,
    pub(super) phases: Vec<Measured>,
    pub(super) recovered: Option<Duration>,
    pub(super) peak: u64,
    pub(super) stopped: Duration,
    pub(super) complaints: Vec<String>,
}

/// The bot's calls.
#[derive(Clone, Copy)]
pub(super) struct Calls {
    discord: usize,
    /// Those that Discord's limit of 50 a second is about.
    counted: usize,
    headscale: usize,
}

impl Calls {
    pub(super) fn so_far(discord: &Discord, headscale: &Headscale) -> Self {
        let (all, counted) = discord.calls_so_far();
        Self {
            discord: all,
            counted,
            headscale: headscale.calls_so_far(),
        }
    }

    pub(super) fn since(self, before: Self) -> Self {
        Self {
            discord: self.discord - before.discord,
            counted: self.counted - before.counted,
            headscale: self.headscale - before.headscale,
        }
    }
}

/// One phase.
pub(super) struct Measured {
    name: String,
    count: usize,
    taken: Spread,
    card: Spread,
    letter: Spread,
    joined: Spread,
    spent: Cpu,
    calls: Calls,
}

impl Measured {
    pub(super) fn of(name: String, tracks: &[Track], (spent, calls): (Cpu, Calls)) -> Self {
        let commands = Spread::of(tracks, |it| it.asked, |it| it.ask_taken);
        let clicks = Spread::of(tracks, |it| it.clicked, |it| it.click_taken);
        Self {
            name,
            count: tracks.len(),
            taken: commands.with(clicks),
            card: Spread::of(tracks, |it| it.asked, |it| it.card),
            letter: Spread::of(tracks, |it| it.clicked, |it| it.letter),
            joined: Spread::of(tracks, |it| it.letter, |it| it.joined),
            spent,
            calls,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "for people's eyes")]
    fn calls_each(&self) -> String {
        let each = |calls: usize| calls as f64 / self.count.max(1) as f64;
        format!(
            "{}: {:.1} calls to Discord ({:.1} counted) and {:.1} to Headscale for each finished request",
            self.name,
            each(self.calls.discord),
            each(self.calls.counted),
            each(self.calls.headscale)
        )
    }

    fn cpu_each(&self) -> Duration {
        self.spent.bot / u32::try_from(self.count.max(1)).unwrap_or(u32::MAX)
    }

    fn line(&self) -> String {
        let half_and_most =
            |it: &Spread| format!("{} / {}", ms(it.percentile(50)), ms(it.percentile(99)));
        let taken = format!("{} / {}", half_and_most(&self.taken), ms(self.taken.max()));
        format!(
            "{:24} {:>22} {:>17} {:>17} {:>19} {:>9} {:>10}",
            self.name,
            taken,
            half_and_most(&self.card),
            half_and_most(&self.letter),
            half_and_most(&self.joined),
            ms(self.cpu_each()),
            ms(self.spent.stand_ins / u32::try_from(self.count.max(1)).unwrap_or(u32::MAX)),
        )
    }
}

/// Milliseconds, as exactly as makes sense.
fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1000.0;
    if ms < 100.0 {
        format!("{ms:.1}")
    } else {
        format!("{ms:.0}")
    }
}

fn mark(good: bool) -> char {
    if good { '✓' } else { '✗' }
}

/// The conditions of the measurement.
pub(super) fn machine(program: &Path) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let size = std::fs::metadata(program).map_or(0, |file| file.len());
    let load = process::load_average();
    format!(
        "{} ({} kB) on {cores} cores; load average before: {load}",
        program.display(),
        size / 1024
    )
}

impl Report {
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "\n{:24} {:>22} {:>17} {:>17} {:>19} {:>9} {:>10}\n{:24} {:>22} {:>17} {:>17} {:>19} {:>9} {:>10}\n",
            "in milliseconds",
            "acknowledged",
            "command → card",
            "click → letter",
            "letter → joined",
            "CPU each",
            "stand-ins",
            "",
            "p50 / p99 / max",
            "p50 / p99",
            "p50 / p99",
            "p50 / p99",
            "(bot)",
            "CPU each",
        );
        for phase in &self.phases {
            let _ = writeln!(text, "{}", phase.line());
        }
        text.push('\n');
        for phase in &self.phases {
            let _ = writeln!(text, "{}", phase.calls_each());
        }
        let _ = writeln!(text, "\n{}", self.verdicts());
        if let Some(recovered) = self.recovered {
            let _ = writeln!(
                text,
                "once Headscale answered again, all was finished after {} s",
                recovered.as_secs()
            );
        }
        for complaint in &self.complaints {
            let _ = writeln!(text, "complaint: {complaint}");
        }
        text
    }

    fn verdicts(&self) -> String {
        let finished: usize = self.phases.iter().map(|phase| phase.count).sum();
        let steady = self.phases.first();
        let taken = steady.map_or(Duration::ZERO, |it| it.taken.percentile(99));
        let cpu = steady.map_or(Duration::ZERO, Measured::cpu_each);
        let ready = self.first_start.max(self.next_start);
        [
            format!(
                "{} ready {} ms after its first start, {} ms after the next (≤ {}); stopped within {} ms",
                mark(ready <= READY), ms(self.first_start), ms(self.next_start), ms(READY), ms(self.stopped)
            ),
            format!("{} acknowledged within {} ms for 99 of 100, steady (≤ {})", mark(taken <= ACKNOWLEDGED), ms(taken), ms(ACKNOWLEDGED)),
            format!("{} {} ms CPU per finished request, steady (≤ {})", mark(cpu <= CPU), ms(cpu), ms(CPU)),
            format!(
                "{} {:.1} MB resident at most, after {finished} requests (≤ {})",
                mark(self.peak <= PEAK_KB),
                megabytes(self.peak),
                PEAK_KB / 1024
            ),
        ]
        .join("\n")
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people's eyes")]
fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1024.0
}
