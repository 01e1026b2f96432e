//! `cargo run -p sandbox`: the product on loopback. Without arguments it tells a story; `serve` keeps the stand-ins
//! up; `bench` measures the program.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use sandbox::{bench, serve, story};

/// Stand-ins for Discord and Headscale, and what can be done with them.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Play one whole story and end (the default).
    Story {
        /// Where to save the QR code.
        #[arg(long, default_value = "usher-story-qr.png")]
        picture: PathBuf,
    },
    /// Keep the stand-ins up and offer the verbs over a small JSON API, to drive the real program with.
    Serve(serve::Options),
    /// Measure the real program against the stand-ins.
    Bench(bench::Options),
}

#[expect(clippy::print_stdout, reason = "a program that tells")]
fn say(line: &str) {
    println!("{line}");
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let picture = std::env::temp_dir().join("usher-story-qr.png");
    match Arguments::parse().task.unwrap_or(Task::Story { picture }) {
        Task::Story { picture } => {
            story::tell(&picture, &mut say).await?;
        }
        Task::Serve(options) => serve::run(&options, &mut say).await?,
        Task::Bench(options) => bench::run(&options, &mut say).await?,
    }
    Ok(())
}
