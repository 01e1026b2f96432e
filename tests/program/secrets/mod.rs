//! A whole story with the real program, logging everything it can, in fair weather and foul; then every byte that it
//! wrote anywhere is searched for keys and tokens. Only the letter and the private answer may ever hold a key.

mod memory;
mod search;

use std::time::Duration;

use headscale_usher::store::entity::device_request;
use libtest_mimic::Trial;
use sea_orm::sea_query::Expr;
use sea_orm::{Database, EntityTrait};
use serde_json::json;
use stage::Stage;
use stand_ins::ReservedPort;
use stand_ins::discord::{Call, Member, Message, Refusal};
use stand_ins::headscale::{Canned, Fault};

use self::search::Search;
use crate::PROGRAM;

const DMS_CLOSED: u32 = 50_007;

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        no_byte_that_the_program_writes_holds_a_secret_when_it_logs_text,
        no_byte_that_the_program_writes_holds_a_secret_when_it_logs_json,
        memory::a_key_that_was_handed_over_is_nowhere_in_the_programs_memory,
    ]
}

async fn no_byte_that_the_program_writes_holds_a_secret_when_it_logs_text() {
    Story::opens("text").await.tell().await;
}

async fn no_byte_that_the_program_writes_holds_a_secret_when_it_logs_json() {
    Story::opens("json").await.tell().await;
}

struct Story {
    stage: Stage,
    carol: Member,
    operations: ReservedPort,
    search: Search,
}

impl Story {
    async fn opens(format: &str) -> Self {
        let mut stage = Stage::set().await;
        let operations = ReservedPort::any().expect("a port is free");
        stage
            .settings
            .text_value("log.filter", "trace")
            .text_value("log.format", format)
            .text_value("retries.first", "50ms")
            .text_value("retries.longest", "200ms")
            .set("retries.attempts", 4)
            .text_value(
                "operations.listen",
                &format!("127.0.0.1:{}", operations.number()),
            );
        stage.start_program(PROGRAM.as_ref()).await;
        let carol = stage.carol();
        Self {
            stage,
            carol,
            operations,
            search: Search::default(),
        }
    }

    async fn tell(mut self) {
        let key = self.joined().await;
        self.claimed().await;
        self.revoked().await;
        self.broken().await;
        self.failed(&key).await;
        self.look().await;
        self.stage.kill().await;
        self.search.files(&self.stage);
        self.lapsed().await;
        self.unauthorised(&key).await;
        self.look().await;
        self.checked().await;
        self.dismissed().await;
        self.search.files(&self.stage);
        self.search.discord(&self.stage);
        self.search.headscale(&self.stage);
        self.search.ends(&self.stage);
        let complaints = self.stage.headscale.complaints();
        assert!(complaints.is_empty(), "{complaints:?}");
    }

    async fn asked(&self, who: &Member, device: &str) -> Message {
        let asked = who.request_device(device, "linux", Some("please")).await;
        asked.answer_says("Request #").await;
        self.stage
            .discord
            .card_where(device, |card| card.says(&format!("`{device}` · Linux")))
            .await
    }

    async fn approved(&self, who: &Member, device: &str) -> Message {
        let card = self.asked(who, device).await;
        self.carol.press(&card, "Approve").await;
        self.stage.says(&card, "Key sent").await
    }

    /// Used: the key is scrubbed.
    async fn joined(&mut self) -> String {
        let alice = self.stage.alice();
        let card = self.approved(&alice, "laptop").await;
        let letter = alice.letter_with_key().await;
        self.look().await;
        let key = letter.scan().expect("a key");
        let joined = self.stage.headscale.join(&key, "thinkpad");
        joined.expect("the key works");
        self.stage.says(&card, "Joined").await;
        scrubbed(&alice, &letter, &key).await;
        key
    }

    /// Twice, so the first key is reclaimed on the way.
    async fn claimed(&mut self) {
        let bob = self.stage.bob();
        bob.close_dms(DMS_CLOSED);
        let asked = bob.request_device("phone", "android", None).await;
        let discord = &self.stage.discord;
        let card = discord
            .card_where("bob's card", |card| card.says("`phone`"))
            .await;
        self.carol.press(&card, "Approve").await;
        let private = asked.answer_says("Get my key").await;
        let answer = discord.fault("PATCH /webhooks/{}/{}/messages/@original");
        answer.when(carries_key).reset();
        let so_far = discord.calls().len();
        let unlucky = bob.press(&private, "Get my key").await;
        unlucky.answer_says("couldn't be made just now").await;
        let offers_again = |call: &Call| {
            let says = String::from_utf8_lossy(&call.raw).contains("to collect the key");
            call.method == "PATCH" && says
        };
        let again = |calls: &[Call]| calls[so_far..].iter().any(offers_again).then_some(());
        discord
            .wait_for_call(again, "the key to be taken back")
            .await;
        let mut keys = Vec::new();
        for _ in 0..2 {
            let claimed = bob.press(&private, "Get my key").await;
            let answer = claimed.answer_says("Your key for").await;
            keys.push(answer.scan().expect("a key"));
            discord.message_says(&card, "Key collected").await;
        }
        assert_ne!(keys[0], keys[1]);
        self.look().await;
    }

    async fn revoked(&mut self) {
        let dave = self.stage.discord.member("dave");
        let card = self.approved(&dave, "tower").await;
        let letter = dave.letter_with_key().await;
        let key = letter.scan().expect("a key");
        let confirm = self.carol.press(&card, "Revoke…").await.answer().await;
        self.carol.press(confirm.message(), "Revoke now").await;
        self.stage.says(&card, "Revoked").await;
        scrubbed(&dave, &letter, &key).await;
    }

    /// Discord refuses, garbles and breaks off whatever carries a key or a token, and sends what cannot be read.
    async fn broken(&mut self) {
        let discord = &self.stage.discord;
        let edit = || {
            let edit = discord.fault("PATCH /channels/{}/messages/{}");
            edit.when(carries_key)
        };
        edit().reset();
        edit().garble_with("<html>no JSON</html>");
        edit().refuse(Refusal::code(400, 50035, "Invalid Form Body"));
        let callback = || discord.fault("POST /interactions/{}/{}/callback");
        let erin = discord.member("erin");
        let losses = [
            callback().reset(),
            callback().refuse(Refusal::code(404, 10062, "Unknown interaction")),
            callback().refuse(Refusal::html(502)),
        ];
        for (number, lost) in losses.iter().enumerate() {
            // The answer is lost, the request is not.
            let device = format!("erins-{number}");
            erin.request_device(&device, "linux", None).await;
            lost.hit(1).await;
        }
        let card = discord
            .card_where("erin's card", |card| card.says("`erins-1`"))
            .await;
        let sentinel = self.search.sentinel();
        discord.dispatch(
            "INTERACTION_CREATE",
            &json!({ "id": "1", "type": 2, "token": sentinel, "data": { "value": sentinel } }),
        );
        discord.gateway().ask_heartbeat();
        discord.dispatch(&sentinel, &json!({ "token": sentinel }));
        self.carol.press(&card, "Approve").await;
        discord.message_says(&card, "Key sent").await;
    }

    /// Headscale refuses for good, in words that repeat what nobody should read.
    async fn failed(&mut self, key: &str) {
        let frank = self.stage.discord.member("frank");
        let headscale = &self.stage.headscale;
        let words = format!("{} may not replace {key}", headscale.api_key());
        let body = json!({ "code": 13, "message": words, "details": [] }).to_string();
        let canned = Canned::new(500, "application/json", &body);
        let fault = Fault::ApplyThenAnswer(canned);
        headscale.fault_always("POST", "/api/v1/preauthkey", fault);
        let card = self.asked(&frank, "toaster").await;
        self.carol.press(&card, "Approve").await;
        self.stage.says(&card, "Failed").await;
        self.stage.headscale.clear_faults();
    }

    /// As if the key's life were over: the program is away, and its file says so when it comes back.
    async fn lapsed(&mut self) {
        let grace = self.stage.discord.member("grace");
        self.revived().await;
        let card = self.approved(&grace, "slate").await;
        let letter = grace.letter_with_key().await;
        let key = letter.scan().expect("a key");
        self.stage.kill().await;
        self.search.files(&self.stage);
        age(&self.stage, &grace).await;
        self.revived().await;
        self.stage.says(&card, "the key expired unused").await;
        scrubbed(&grace, &letter, &key).await;
        assert!(self.stage.headscale.join(&key, "late").is_err());
    }

    async fn unauthorised(&mut self, key: &str) {
        let heidi = self.stage.discord.member("heidi");
        let headscale = &self.stage.headscale;
        let body = format!("{} and {key} are not welcome", headscale.api_key());
        let canned = Canned::new(401, "text/plain", &body);
        headscale.fault_always("*", "/api/v1/**", Fault::Answer(canned));
        let card = self.asked(&heidi, "desk").await;
        self.carol.press(&card, "Approve").await;
        let discord = &self.stage.discord;
        discord
            .message_says(&card, "refused the bot's API key")
            .await;
    }

    /// `check` says what is wrong on its standard output.
    async fn checked(&mut self) {
        let mut command = tokio::process::Command::new(PROGRAM);
        command.arg("check").arg("--config");
        command
            .arg(self.stage.dir().join("config.toml"))
            .env_clear();
        let output = command.output().await.expect("the program starts");
        let said = [output.stdout, output.stderr].concat();
        assert!(!said.is_empty());
        self.search.bytes("check", &said);
    }

    /// Discord has a new token: the program ends by itself.
    async fn dismissed(&mut self) {
        self.stage.discord.reset_token();
        self.stage.discord.gateway().close(4004);
        let ending = self.stage.ended().await;
        assert_eq!(ending.code(), Some(78));
    }

    async fn revived(&mut self) {
        self.stage.revive(PROGRAM.as_ref()).await;
    }

    /// Searches everything that can be seen while the program runs: its files and its endpoints.
    async fn look(&mut self) {
        self.search.files(&self.stage);
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()
            .expect("a client");
        for path in ["healthz", "readyz", "metrics"] {
            let url = format!("http://127.0.0.1:{}/{path}", self.operations.number());
            let reply = client.get(url).send().await.expect("an answer");
            let body = reply.bytes().await.expect("a body");
            assert!(!body.is_empty(), "{path}");
            self.search.bytes(path, &body);
        }
    }
}

fn carries_key(call: &Call) -> bool {
    !call.files.is_empty()
}

/// Neither in the text nor in a picture: the letter is as if it had never held a key.
async fn scrubbed(who: &Member, letter: &Message, key: &str) {
    let is_clean = |now: &Message| {
        let everything = format!(
            "{} {:?} {:?}",
            now.content(),
            now.embeds(),
            now.components()
        );
        now.id() == letter.id() && now.attachments().is_empty() && !everything.contains(key)
    };
    who.letter_where("a letter without a trace of the key", is_clean)
        .await;
}

/// Puts the end of the member's key into the past.
async fn age(stage: &Stage, member: &Member) {
    use sea_orm::{ColumnTrait as _, QueryFilter as _};
    let url = format!("sqlite://{}", stage.database().display());
    let db = Database::connect(url).await.expect("the file opens");
    let past = "json_set(facts, '$.state.key.expires_at', '1970-01-01T00:16:40Z')";
    let aged = device_request::Entity::update_many()
        .col_expr(device_request::Column::Facts, Expr::cust(past))
        .col_expr(
            device_request::Column::KeyExpiresAt,
            Expr::value(1_000_000_i64),
        )
        .col_expr(device_request::Column::DueAt, Expr::value(1_000_000_i64))
        .filter(device_request::Column::RequesterId.eq(member.id().cast_signed()))
        .exec(&db)
        .await;
    assert_eq!(aged.expect("the row is written").rows_affected, 1);
    db.close().await.expect("the file closes");
}
