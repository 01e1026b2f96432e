//! One run: a program between its stand-ins, and the crowd that uses it, phase by phase.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Options;
use super::crowd::{Crowd, Load};
use super::figures::{self, Sheet};
use super::finished;
use super::process::Memory;
use super::program::Program;
use super::spent::{Counters, Spent};
use stage::Settings;
use stand_ins::discord::{Discord, Journal, Layout};
use stand_ins::headscale::{Fault, Headscale, Release};

/// What Discord takes for each call while it is slow.
const LATENCY: Duration = Duration::from_millis(50);

/// Seconds for which Headscale stands still.
const HANGING: f64 = 5.0;

type Say<'a> = &'a mut dyn FnMut(&str);

/// All phases, from the first start to the end.
pub(super) async fn play(
    program: &Path,
    dir: &Path,
    options: &Options,
    say: Say<'_>,
) -> anyhow::Result<Sheet> {
    let mut run = Run::set(program, dir, Journal::Off).await?;
    run.starts(options, say).await?;
    run.steady(options, say).await?;
    run.bursts(options, say).await?;
    run.slow(options, say).await?;
    run.hanging(options, say).await?;
    run.finish(say).await
}

pub(super) struct Run {
    pub(super) discord: Discord,
    pub(super) headscale: Headscale,
    program: Program,
    crowd: Crowd,
    database: PathBuf,
    sheet: Sheet,
}

impl Run {
    pub(super) async fn set(program: &Path, dir: &Path, journal: Journal) -> anyhow::Result<Self> {
        let layout = Layout {
            journal,
            ..Layout::default()
        };
        let discord = Discord::start_with(layout).await;
        let headscale = Headscale::start(Release::V0_29).await;
        if journal == Journal::Off {
            headscale.keep_no_journal();
        }
        let mut settings = Settings::for_stand_ins(&discord, &headscale, dir);
        settings
            .set("requests.max_open_per_member", 100)
            .set("requests.max_per_day", 1000)
            .remove("headscale.watch_interval")
            .remove("retries.first");
        let program = Program::new(program.to_owned(), dir, &settings.text())?;
        let crowd = Crowd::new(&discord, &headscale);
        Ok(Self {
            discord,
            headscale,
            program,
            crowd,
            database: dir.join("usher.db"),
            sheet: Sheet::new(),
        })
    }

    /// Twice: with a new database, and with one that is there and may hold much by now.
    async fn starts(&mut self, options: &Options, say: Say<'_>) -> anyhow::Result<()> {
        let first = self.start().await?;
        if options.finished > 0 {
            self.crowd.play(Load::ONE).await?;
        }
        self.program.stop().await?;
        if options.finished > 0 {
            say(&format!("… filling in {} requests", options.finished));
            finished::fill(&self.database, options.finished).await?;
        }
        self.discord.gateway().offline().await;
        let next = self.start().await?;
        let starts = figures::starts(first, next, options.finished);
        self.sheet.push(starts);
        Ok(())
    }

    /// Until the bot is ready.
    pub(super) async fn start(&mut self) -> anyhow::Result<Duration> {
        let started = Instant::now();
        self.program.start()?;
        self.discord.bot_is_ready().await;
        Ok(started.elapsed())
    }

    async fn steady(&mut self, options: &Options, say: Say<'_>) -> anyhow::Result<()> {
        if options.requests == 0 {
            return Ok(());
        }
        let load = Load::at_rate(options.requests, options.rate);
        let title = format!("{} requests, {} a second", load.commands, options.rate);
        say(&format!("… {title}"));
        let before = self.counters()?;
        let tracks = self.crowd.play(load).await?;
        let spent = self.spent(&before, tracks.len())?;
        self.sheet.push(figures::steady(title, &tracks, &spent));
        Ok(())
    }

    async fn bursts(&mut self, options: &Options, say: Say<'_>) -> anyhow::Result<()> {
        if options.burst == 0 || options.bursts == 0 {
            return Ok(());
        }
        let title = format!("{} bursts of {} at once", options.bursts, options.burst);
        say(&format!("… {title}"));
        let before = self.counters()?;
        let mut tracks = Vec::new();
        for _ in 0..options.bursts {
            let burst = self.crowd.play(Load::at_once(options.burst));
            tracks.extend(burst.await?);
        }
        let spent = self.spent(&before, tracks.len())?;
        self.sheet.push(figures::bursts(title, &tracks, &spent));
        Ok(())
    }

    async fn slow(&mut self, options: &Options, say: Say<'_>) -> anyhow::Result<()> {
        let count = options.slow;
        if count == 0 {
            return Ok(());
        }
        let ms = LATENCY.as_millis();
        let title = format!("{count} at once while Discord takes {ms} ms for each call");
        say(&format!("… {title}"));
        self.discord.set_latency(LATENCY);
        let asked = self.crowd.ask_and_wait(Load::at_once(count)).await?;
        self.crowd.approve_all()?;
        let tracks = self.crowd.finish(asked).await?;
        self.discord.set_latency(Duration::ZERO);
        self.sheet.push(figures::slow(title, &tracks));
        Ok(())
    }

    /// People ask and approve while Headscale stands still; then it answers again.
    async fn hanging(&mut self, options: &Options, say: Say<'_>) -> anyhow::Result<()> {
        if !options.hang {
            return Ok(());
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of commands"
        )]
        let load = Load::at_rate((options.rate * HANGING).ceil() as usize, options.rate);
        let title = format!(
            "{} requests, {} a second, while Headscale hangs",
            load.commands, options.rate
        );
        say(&format!("… {title}"));
        self.headscale.fault_always("*", "/**", Fault::Hang);
        let hung = self.crowd.ask(load).await?;
        self.headscale.clear_faults();
        let again = Instant::now();
        let tracks = self.crowd.finish(hung).await?;
        let hanging = figures::hanging(title, &tracks, again.elapsed());
        self.sheet.push(hanging);
        Ok(())
    }

    fn counters(&self) -> anyhow::Result<Counters> {
        let bot = self.program.id()?;
        Counters::now(bot, &self.database, &self.discord, &self.headscale)
    }

    fn spent(&self, before: &Counters, requests: usize) -> anyhow::Result<Spent> {
        let memory = Memory::of(self.program.id()?)?;
        Ok(self.counters()?.since(before, requests, memory))
    }

    async fn finish(mut self, say: Say<'_>) -> anyhow::Result<Sheet> {
        let memory = Memory::of(self.program.id()?)?;
        let started = Instant::now();
        self.stop(say).await?;
        self.sheet.push(figures::end(memory, started.elapsed()));
        Ok(self.sheet)
    }

    /// Ends the program, and tells what no careful bot would have done.
    pub(super) async fn stop(&mut self, say: Say<'_>) -> anyhow::Result<()> {
        self.program.stop().await?;
        for complaint in self.discord.complaints() {
            say(&format!("complaint of Discord: {complaint}"));
        }
        for complaint in self.headscale.complaints() {
            say(&format!("complaint of Headscale: {complaint}"));
        }
        Ok(())
    }
}
