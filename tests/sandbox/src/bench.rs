//! The benchmark: the real program, built for release and run as its own process, against the stand-ins. Every
//! request goes its whole way: command, card, approval, key, letter, and a device that joins.

mod crowd;
mod figures;
mod finished;
mod process;
mod program;
mod track;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;

use crowd::{Crowd, Load};
use figures::{Calls, Measured, Report};
use process::Cpu;
use program::Program;
use stage::Settings;
use stand_ins::discord::{Discord, Journal, Layout};
use stand_ins::headscale::{Fault, Headscale, Release};
use track::Track;

/// The options of a measurement.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Commands at a steady rate.
    #[arg(long, default_value_t = 1000, value_name = "COUNT")]
    pub requests: usize,
    /// Commands a second, in the steady phase.
    #[arg(long, default_value_t = 50.0, value_name = "PER_SECOND")]
    pub rate: f64,
    /// Commands at once, in a burst.
    #[arg(long, default_value_t = 50, value_name = "COUNT")]
    pub burst: usize,
    /// Number of bursts; each waits until the one before is finished.
    #[arg(long, default_value_t = 3, value_name = "COUNT")]
    pub bursts: usize,
    /// So many finished requests are in the database before it begins.
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    pub finished: u64,
    /// One more phase: Headscale takes calls and answers none.
    #[arg(long)]
    pub hang: bool,
    /// The program to measure; otherwise it is built first.
    #[arg(long, value_name = "PATH")]
    pub program: Option<PathBuf>,
    /// The database's directory, if it is to be on another disk than the temporary directory.
    #[arg(long, value_name = "DIRECTORY")]
    pub dir: Option<PathBuf>,
}

/// Measures, and tells what was found.
///
/// # Errors
/// If the program cannot be built or started, or ends by itself.
pub async fn run(options: &Options, say: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    let path = match &options.program {
        Some(path) => path.clone(),
        None => program::build().await?,
    };
    say(&figures::machine(&path));
    let mut dir = tempfile::Builder::new();
    let dir = dir.prefix("usher-bench-");
    let dir = match &options.dir {
        Some(parent) => dir.tempdir_in(parent),
        None => dir.tempdir(),
    };
    let dir = dir.context("no directory for the database")?;
    let mut bench = Bench::set(path, dir.path()).await?;
    bench.starts(options, say).await?;
    bench.steady(options, say).await?;
    bench.bursts(options, say).await?;
    if options.hang {
        bench.hanging(options, say).await?;
    }
    say(&bench.finish().await?);
    Ok(())
}

struct Bench {
    discord: Discord,
    headscale: Headscale,
    crowd: Crowd,
    program: Program,
    database: PathBuf,
    report: Report,
}

impl Bench {
    async fn set(path: PathBuf, dir: &std::path::Path) -> anyhow::Result<Self> {
        let layout = Layout {
            journal: Journal::Off,
            ..Layout::default()
        };
        let discord = Discord::start_with(layout).await;
        let headscale = Headscale::start(Release::V0_29).await;
        headscale.keep_no_journal();
        let mut settings = Settings::for_stand_ins(&discord, &headscale, dir);
        settings
            .set("requests.max_open_per_member", 100)
            .set("requests.max_per_day", 1000)
            .remove("headscale.watch_interval")
            .remove("retries.first");
        let program = Program::new(path, dir, &settings.text())?;
        let crowd = Crowd::new(&discord, &headscale);
        Ok(Self {
            discord,
            headscale,
            crowd,
            program,
            database: dir.join("usher.db"),
            report: Report::default(),
        })
    }

    /// Twice: with a new database, and with one that is there and may hold much by now.
    async fn starts(&mut self, options: &Options, say: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
        self.report.first_start = self.start().await?;
        if options.finished > 0 {
            self.crowd.play(Load::ONE).await?;
        }
        self.program.stop().await?;
        if options.finished > 0 {
            say(&format!("… filling in {} requests", options.finished));
            finished::fill(&self.database, options.finished).await?;
        }
        self.discord.gateway().offline().await;
        self.report.next_start = self.start().await?;
        Ok(())
    }

    async fn start(&mut self) -> anyhow::Result<Duration> {
        let started = Instant::now();
        self.program.start()?;
        self.discord.bot_is_ready().await;
        Ok(started.elapsed())
    }

    async fn steady(&mut self, options: &Options, say: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
        let load = Load {
            commands: options.requests,
            pause: Duration::from_secs_f64(1.0 / options.rate.max(0.001)),
        };
        let name = format!("{} at {}/s", load.commands, options.rate);
        self.phase(name, &[load], say).await
    }

    async fn bursts(&mut self, options: &Options, say: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
        if options.burst == 0 || options.bursts == 0 {
            return Ok(());
        }
        let load = Load {
            commands: options.burst,
            pause: Duration::ZERO,
        };
        let name = format!("{} bursts of {}", options.bursts, options.burst);
        self.phase(name, &vec![load; options.bursts], say).await
    }

    async fn phase(
        &mut self,
        name: String,
        loads: &[Load],
        say: &mut dyn FnMut(&str),
    ) -> anyhow::Result<()> {
        say(&format!("… {name}"));
        let before = self.spent()?;
        let mut tracks = Vec::new();
        for load in loads {
            tracks.extend(self.crowd.play(*load).await?);
        }
        self.measured(name, &tracks, before)
    }

    fn spent(&self) -> anyhow::Result<(Cpu, Calls)> {
        let calls = Calls::so_far(&self.discord, &self.headscale);
        Ok((Cpu::now(self.program.id()?)?, calls))
    }

    fn measured(
        &mut self,
        name: String,
        tracks: &[Track],
        (cpu, calls): (Cpu, Calls),
    ) -> anyhow::Result<()> {
        let now = self.spent()?;
        let spent = (now.0.since(&cpu), now.1.since(calls));
        self.report.phases.push(Measured::of(name, tracks, spent));
        Ok(())
    }

    /// People ask and approve while Headscale stands still; then it answers again.
    async fn hanging(
        &mut self,
        options: &Options,
        say: &mut dyn FnMut(&str),
    ) -> anyhow::Result<()> {
        const LONG: f64 = 10.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of commands"
        )]
        let load = Load {
            commands: (options.rate * LONG).ceil() as usize,
            pause: Duration::from_secs_f64(1.0 / options.rate.max(0.001)),
        };
        let name = format!("{} while it hangs", load.commands);
        say(&format!("… {name}"));
        let before = self.spent()?;
        self.headscale.fault_always("*", "/**", Fault::Hang);
        let hung = self.crowd.ask(load).await?;
        self.headscale.clear_faults();
        let again = Instant::now();
        let tracks = self.crowd.finish(hung).await?;
        self.report.recovered = Some(again.elapsed());
        self.measured(name, &tracks, before)
    }

    async fn finish(mut self) -> anyhow::Result<String> {
        self.report.peak = process::peak_memory(self.program.id()?)?;
        let started = Instant::now();
        self.program.stop().await?;
        self.report.stopped = started.elapsed();
        self.report.complaints = self.complaints();
        Ok(self.report.text())
    }

    fn complaints(&self) -> Vec<String> {
        let discord = self.discord.complaints();
        let discord = discord.iter().map(|it| format!("Discord: {it}"));
        let headscale = self.headscale.complaints();
        let headscale = headscale.iter().map(|it| format!("Headscale: {it}"));
        discord.chain(headscale).collect()
    }
}
