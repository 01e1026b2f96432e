//! The program: arguments, settings, telemetry, then [`App`] or one of the small commands, and an exit code.

use std::alloc::System;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use headscale_usher::app::{self, App, Ended};
use headscale_usher::config::{Problems, Settings, Warning};
use headscale_usher::{backup, check, operations, telemetry};
use tokio_util::sync::CancellationToken;
use zeroizing_alloc::ZeroAlloc;

/// Wipes whatever is given back, in our own buffers and in those of every library: a key goes through serializers, HTTP
/// and TLS on its way to its requester.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

/// A Discord bot that ushers devices into a Headscale network.
#[derive(Parser)]
#[command(
    version,
    about,
    after_help = "Exit codes: 0 stopped as asked or all is well, 1 something failed and may \
    work later, 78 the settings or Discord's refusal must be dealt with first (do not restart)."
)]
struct Arguments {
    /// The settings file. Without it: ./config.toml, then /etc/headscale-usher/config.toml, then the environment alone.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Run the bot (the default).
    Run,
    /// Say what is wrong with the settings, Discord and Headscale, and how to fix it.
    Check,
    /// Ask the running bot on this machine whether it is well (for container health checks).
    Health,
    /// Copy the database into a new file, whether or not the bot runs.
    Backup {
        /// The copy. It must not exist yet.
        file: PathBuf,
    },
    /// Replace the database with a backup. The bot has to be stopped; the database as it was is kept.
    Restore {
        /// The backup.
        file: PathBuf,
        /// Do not ask first.
        #[arg(long)]
        yes: bool,
    },
}

/// Nothing will get better by starting again: sysexits.h, `EX_CONFIG`.
const DO_NOT_RESTART: u8 = 78;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let task = arguments.command.unwrap_or(Task::Run);
    let environment = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
    match Settings::load(arguments.config.as_deref(), environment) {
        Ok((settings, warnings)) => with_settings(task, settings, &warnings),
        Err(problems) => unusable(&problems),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "there is no log before the settings are known"
)]
fn unusable(problems: &Problems) -> ExitCode {
    eprintln!("{problems}");
    ExitCode::from(DO_NOT_RESTART)
}

fn with_settings(task: Task, settings: Settings, warnings: &[Warning]) -> ExitCode {
    // One thread: the bot waits far more than it computes, and passing work between threads cost more than it gained.
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let outcome = runtime.block_on(async {
        match task {
            Task::Run => run(settings, warnings).await,
            Task::Check => Ok(check::run(&settings, warnings).await),
            Task::Health => health(&settings).await,
            Task::Backup { file } => done(backup::back_up(&settings, &file).await),
            Task::Restore { file, yes } => done(backup::restore(&settings, &file, yes).await),
        }
    });
    outcome.unwrap_or_else(|error| failed(&error))
}

#[expect(
    clippy::print_stderr,
    reason = "the last word goes to whoever started the program"
)]
fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("headscale-usher: {error:#}");
    ExitCode::FAILURE
}

async fn run(settings: Settings, warnings: &[Warning]) -> anyhow::Result<ExitCode> {
    telemetry::init(&settings.log)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let stop = CancellationToken::new();
    app::stop_on_signals(&stop)?;
    let app = App::build(settings).await?;
    match app.run_until_stopped(stop).await {
        Ended::AsAsked => Ok(ExitCode::SUCCESS),
        Ended::ForGood(fatal) => {
            tracing::error!(%fatal, "stopped for good");
            Ok(ExitCode::from(DO_NOT_RESTART))
        }
    }
}

fn done(outcome: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn health(settings: &Settings) -> anyhow::Result<ExitCode> {
    let Some(listen) = settings.operations.listen else {
        anyhow::bail!("operations.listen is \"off\", so there is nothing to ask");
    };
    operations::probe(listen).await?;
    Ok(ExitCode::SUCCESS)
}
