//! A stage: both stand-ins, a directory for the bot's files, and the bot itself, inside this process or as the real
//! program. Start it, kill it, start it again on the same files; [`Stage::finish`] says what a careful observer
//! would have complained about.

pub mod aftermath;
mod bot;
mod inspection;
mod people;
mod settings;

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use headscale_usher::clock::Clock;

use stand_ins::discord::{Discord, Layout};
use stand_ins::headscale::{Headscale, Release};

pub use bot::{Bot, Ending, NO_CERTIFICATES};
pub use settings::Settings;

/// Everything that a story needs.
pub struct Stage {
    pub discord: Discord,
    pub headscale: Headscale,
    pub settings: Settings,
    /// The clock of a bot inside this process; the system's, unless a story moves it.
    pub clock: Clock,
    dir: TempDir,
    bot: Option<Bot>,
}

impl Stage {
    /// Both stand-ins are up; the bot is not started yet, so settings can still be changed.
    pub async fn set() -> Self {
        Self::set_with(Layout::default(), Release::V0_29).await
    }

    pub async fn set_with(layout: Layout, release: Release) -> Self {
        let discord = Discord::start_with(layout).await;
        let headscale = Headscale::start(release).await;
        let dir = tempfile::tempdir().expect("a temporary directory can be made");
        let settings = Settings::for_stand_ins(&discord, &headscale, dir.path());
        Self {
            discord,
            headscale,
            settings,
            clock: Clock::system(),
            dir,
            bot: None,
        }
    }

    /// The usual opening: stand-ins up, bot running inside this process and connected.
    pub async fn open() -> Self {
        let mut stage = Self::set().await;
        stage.start().await;
        stage
    }

    /// Starts the bot inside this process and waits until it is connected.
    pub async fn start(&mut self) {
        let text = self.settings.text();
        self.bot = Some(Bot::inside(&text, self.dir.path(), self.clock.clone()).await);
        self.discord.bot_is_ready().await;
    }

    /// Starts the real program and waits until it is connected. Its log is kept in [`Self::log`].
    pub async fn start_program(&mut self, program: &Path) {
        self.launch(program);
        self.discord.bot_is_ready().await;
    }

    /// Starts the real program again, on the same files.
    pub async fn revive(&mut self, program: &Path) {
        let gateway = self.discord.gateway();
        let before = gateway.readies();
        self.launch(program);
        gateway.ready_times(before + 1).await;
    }

    /// Starts the real program and waits for nothing.
    pub fn launch(&mut self, program: &Path) {
        let text = self.settings.text();
        self.bot = Some(Bot::program(program, &text, self.dir.path()));
    }

    /// SIGTERM, or its like inside this process; how the bot ended.
    pub async fn stop(&mut self) -> Ending {
        let bot = self.bot.take().expect("the bot runs");
        bot.stop().await
    }

    /// SIGKILL: only for the real program.
    pub async fn kill(&mut self) {
        let bot = self.bot.take().expect("the bot runs");
        bot.kill().await;
    }

    /// Waits for the bot to end by itself.
    pub async fn ended(&mut self) -> Ending {
        let bot = self.bot.take().expect("the bot runs");
        bot.ended().await
    }

    /// Stops the bot and starts it again on the same files.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// The real program's, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.bot.as_ref().and_then(Bot::process_id)
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn database(&self) -> PathBuf {
        self.dir.path().join("usher.db")
    }

    /// The real program's standard output and error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("usher.log")).unwrap_or_default()
    }

    /// Ends the story: the bot is stopped, then everything that should never have happened is looked for.
    ///
    /// # Panics
    /// If anything is found.
    pub async fn finish(mut self) {
        if let Some(bot) = self.bot.take() {
            bot.stop().await;
        }
        let found = inspection::of(&self);
        assert!(
            found.is_empty(),
            "found at the end of the story:\n{}",
            found.join("\n")
        );
    }
}

/// For whoever runs the tests with `--nocapture`.
#[expect(clippy::print_stdout, reason = "it was asked for")]
pub fn tell(line: &str) {
    if std::env::args().any(|argument| argument == "--nocapture") {
        println!("{line}");
    }
}
