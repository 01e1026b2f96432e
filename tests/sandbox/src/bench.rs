//! The benchmark: the real program, built for release and run as its own process, against the stand-ins. Every
//! request goes its whole way: command, card, approval, key, letter, and a device that joins.

mod calls;
mod commits;
mod crowd;
mod figures;
mod finished;
mod process;
mod program;
mod run;
mod spent;
mod table;
mod track;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use tempfile::TempDir;

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
    /// Commands at once while Discord takes 50 ms for each call, then as many clicks at once; 0 leaves this out.
    #[arg(long, default_value_t = 100, value_name = "COUNT")]
    pub slow: usize,
    /// One more phase: Headscale takes calls and answers none.
    #[arg(long)]
    pub hang: bool,
    /// So many finished requests are in the database before it begins.
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    pub finished: u64,
    /// The program to measure; otherwise it is built first.
    #[arg(long, value_name = "PATH")]
    pub program: Option<PathBuf>,
    /// Another program, measured in turn with the first: A, B, A, B, …
    #[arg(long, value_name = "PATH")]
    pub compare: Option<PathBuf>,
    /// Each figure is the median of so many runs; 1 unless two programs are compared, then 3.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: Option<u32>,
    /// Measure nothing: list every call for one request, and for the same member's next.
    #[arg(long)]
    pub calls: bool,
    /// The database's directory, if it is to be on another disk than the temporary directory.
    #[arg(long, value_name = "DIRECTORY")]
    pub dir: Option<PathBuf>,
}

impl Options {
    /// The program, and the one to compare it with.
    async fn programs(&self) -> anyhow::Result<Vec<PathBuf>> {
        let first = match &self.program {
            Some(path) => path.clone(),
            None => program::build().await?,
        };
        Ok([first].into_iter().chain(self.compare.clone()).collect())
    }

    fn runs(&self) -> u32 {
        let usual = if self.compare.is_some() { 3 } else { 1 };
        self.runs.unwrap_or(usual)
    }

    /// A directory for one run; it goes away with it.
    fn directory(&self) -> anyhow::Result<TempDir> {
        let mut dir = tempfile::Builder::new();
        let dir = dir.prefix("usher-bench-");
        let dir = match &self.dir {
            Some(parent) => dir.tempdir_in(parent),
            None => dir.tempdir(),
        };
        dir.context("no directory for the database")
    }
}

/// Measures, and tells what was found.
///
/// # Errors
/// If the program cannot be built or started, or ends by itself.
pub async fn run(options: &Options, say: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    let programs = options.programs().await?;
    say(&conditions());
    for (letter, path) in ('A'..).zip(&programs) {
        say(&format!("{letter}: {}", described(path)));
    }
    if options.calls {
        return list(options, &programs, say).await;
    }
    let mut runs = vec![Vec::new(); programs.len()];
    for nth in 1..=options.runs() {
        for ((letter, path), runs) in ('A'..).zip(&programs).zip(&mut runs) {
            say(&format!("{letter}, run {nth} of {}", options.runs()));
            let dir = options.directory()?;
            runs.push(run::play(path, dir.path(), options, say).await?);
        }
    }
    say(&table::text(&runs));
    say(table::LEGEND);
    if programs.len() > 1 {
        say(table::LEGEND_OF_TWO);
    }
    Ok(())
}

async fn list(
    options: &Options,
    programs: &[PathBuf],
    say: &mut dyn FnMut(&str),
) -> anyhow::Result<()> {
    for (letter, path) in ('A'..).zip(programs) {
        let dir = options.directory()?;
        say(&format!("\nCalls of {letter}"));
        calls::list(path, dir.path(), say).await?;
    }
    Ok(())
}

fn conditions() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = process::load_average();
    format!("{cores} cores; load average before: {load}")
}

fn described(program: &Path) -> String {
    let size = std::fs::metadata(program).map_or(0, |file| file.len());
    format!("{} ({} kB)", program.display(), size / 1024)
}
