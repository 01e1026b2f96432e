//! The scene of a story: the real bot between the stand-in for Discord and a real Headscale of its own.

use std::collections::BTreeSet;
use std::path::Path;
use std::slice;
use std::sync::Arc;

use headscale_usher::domain::KeyId;
use headscale_usher::headscale::{Node, PreAuthKey, Release, User};
use stage::{Settings, Stage};
use stand_ins::discord::{Member, Message};
use stand_ins::headscale::RealHeadscale;

use crate::subject::{Program, Subject, WaitingDevice, Way, join_again_with_program};

const BOT: &str = env!("CARGO_BIN_EXE_headscale-usher");

pub(crate) struct Scene {
    pub(crate) stage: Stage,
    pub(crate) way: Way,
    program: Arc<Program>,
    headscale: Arc<Subject>,
    pub(crate) alice: Member,
    pub(crate) carol: Member,
}

impl Scene {
    /// The bot is not started yet, so settings can still be changed.
    pub(crate) async fn open(path: &Path, way: Way) -> Self {
        let program = Arc::new(Program::new(path.to_owned()));
        let mut stage = Stage::set().await;
        lead(&mut stage.settings, &program, way);
        Self {
            alice: stage.discord.member("alice"),
            carol: stage.discord.approver("carol"),
            // What is looked at is not what the bot goes through.
            headscale: Arc::new(Subject::real(&program, Way::Http)),
            way,
            program,
            stage,
        }
    }

    pub(crate) async fn start(&mut self) {
        self.stage.start_program(BOT.as_ref()).await;
    }

    /// After a kill.
    pub(crate) async fn revive(&mut self) {
        self.stage.revive(BOT.as_ref()).await;
    }

    /// The operator puts another release in Headscale's place, under the running bot.
    pub(crate) fn upgrade(&mut self, to: &Path) {
        let upgraded = self.program.running().upgrade(to);
        upgraded.expect("the new program takes the old one's data");
        self.headscale = Arc::new(Subject::real(&self.program, Way::Http));
    }

    pub(crate) fn running(&self) -> &RealHeadscale {
        self.program.running()
    }

    /// What `headscale-usher check` says of these settings, and how it ends.
    pub(crate) async fn check(&self) -> (Option<i32>, String) {
        let settings = self.stage.dir().join("check.toml");
        std::fs::write(&settings, self.stage.settings.text()).expect("they can be written");
        let mut check = tokio::process::Command::new(BOT);
        check.arg("check").arg("--config").arg(settings).env_clear();
        let output = check.output().await.expect("it starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), said)
    }

    /// Alice asks for her laptop, and Carol approves.
    pub(crate) async fn approved(&self) -> Message {
        let asked = self.alice.request_device("laptop", "linux", None).await;
        asked.answer().await;
        let card = self.stage.discord.card().await;
        self.carol.press(&card, "Approve").await;
        card
    }

    /// The key in Alice's letter.
    pub(crate) async fn key(&self) -> String {
        let letter = self.alice.letter_with_key().await;
        letter.scan().expect("the picture holds the key")
    }

    /// Alice's letter says so, and no key is left in it.
    pub(crate) async fn letter_without_key(&self, words: &str) -> Message {
        let fits = |letter: &Message| letter.says(words) && letter.attachments().is_empty();
        self.alice.letter_where(words, fits).await
    }

    /// The device tries to register, in a process of its own.
    pub(crate) async fn join(&self, key: &str, hostname: &str) -> Result<(), String> {
        let headscale = Arc::clone(&self.headscale);
        let (key, hostname) = (key.to_owned(), hostname.to_owned());
        let joining = tokio::task::spawn_blocking(move || headscale.join(&key, &hostname));
        joining.await.expect("it does not panic")
    }

    /// A device that comes back as the same device.
    pub(crate) async fn join_again(&self, key: &str, hostname: &str) -> Result<(), String> {
        let url = self.program.running().url().to_owned();
        let state = self.stage.dir().join("device.json");
        let (key, hostname) = (key.to_owned(), hostname.to_owned());
        let joining = move || join_again_with_program(&url, &key, &hostname, &state);
        let joined = tokio::task::spawn_blocking(joining).await;
        joined.expect("it does not panic")
    }

    pub(crate) async fn waiting_device(&self, hostname: &str) -> WaitingDevice {
        let (headscale, hostname) = (Arc::clone(&self.headscale), hostname.to_owned());
        let waiting = tokio::task::spawn_blocking(move || headscale.waiting_device(&hostname));
        waiting.await.expect("it does not panic")
    }

    pub(crate) async fn user(&self) -> Option<User> {
        self.user_of(&self.alice).await
    }

    async fn user_of(&self, member: &Member) -> Option<User> {
        let name = format!("discord-{}", member.id());
        let name = name.parse().expect("a user's name");
        let found = self.headscale.client().find_user(&name).await;
        found.expect("users can be listed")
    }

    /// The bot deletes dead keys where the release can.
    pub(crate) async fn kept_of_dead(&self, keys: usize) -> usize {
        let release = self.headscale.client().release().await;
        let kept = release.expect("it answers") < Release::V0_28;
        if kept { keys } else { 0 }
    }

    pub(crate) async fn keys(&self) -> Vec<PreAuthKey> {
        self.keys_of(slice::from_ref(&self.alice)).await
    }

    async fn keys_of(&self, members: &[Member]) -> Vec<PreAuthKey> {
        let mut owners = Vec::new();
        for member in members {
            owners.extend(self.user_of(member).await.map(|user| user.id));
        }
        let keys = self.headscale.client().list_keys(&owners).await;
        keys.expect("keys can be listed")
    }

    pub(crate) async fn live_keys(&self) -> usize {
        self.live_keys_of(slice::from_ref(&self.alice)).await.len()
    }

    /// Keys that could let somebody in.
    pub(crate) async fn live_keys_of(&self, members: &[Member]) -> BTreeSet<KeyId> {
        let now = headscale_usher::clock::Clock::system().now();
        let mut keys = self.keys_of(members).await;
        keys.retain(|key| !key.used && key.expiration.is_some_and(|at| at > now));
        keys.iter().map(|key| key.id).collect()
    }

    pub(crate) async fn nodes(&self) -> Vec<Node> {
        let nodes = self.headscale.client().list_nodes().await;
        nodes.expect("nodes can be listed")
    }

    /// An approver revokes the request of a card.
    pub(crate) async fn revoke(&self, card: &Message) {
        let asked = self.carol.press(card, "Revoke…").await.answer().await;
        self.carol.press(asked.message(), "Revoke now").await;
        self.stage.discord.message_says(card, "Revoked").await;
    }

    /// No key is anywhere but in what Alice alone can see.
    pub(crate) async fn finish(mut self, keys: &[&str]) {
        assert_eq!(self.stage.stop().await.code(), Some(0));
        for entry in std::fs::read_dir(self.stage.dir()).expect("the directory can be read") {
            let path = entry.expect("an entry can be read").path();
            let bytes = std::fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            for key in keys {
                assert!(!text.contains(key), "a key in {}", path.display());
            }
        }
        for message in self.stage.discord.cards() {
            assert!(keys.iter().all(|key| !message.text().contains(key)));
        }
        self.stage.finish().await;
    }
}

/// The settings that lead the bot to the real program.
fn lead(settings: &mut Settings, program: &Program, way: Way) {
    let running = program.running();
    settings
        .text_value("headscale.watch_interval", "200ms")
        .text_value("headscale.timeout", "30s")
        .text_value("retries.first", "200ms");
    match way {
        Way::Http => settings.lead_to(running),
        Way::Program => settings
            .remove("headscale.url")
            .remove("headscale.api_key")
            .set("headscale.command", format!("{:?}", running.command()))
            .text_value("headscale.login_server", running.url()),
    };
}
