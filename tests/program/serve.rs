//! The real program, driven from outside as `tests/sandbox/README.md` describes it, and what it says about its settings.

use std::path::Path;
use std::process::{Output, Stdio};

use libtest_mimic::Trial;
use sandbox::serve::{Options, Served};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::PROGRAM;

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        a_request_made_through_the_control_api_is_delivered_and_joins,
        a_form_that_a_click_opens_is_filled_in_by_the_next_call,
        a_card_that_is_clicked_before_its_posting_was_answered_is_decided,
        what_cannot_be_done_is_told_in_a_sentence,
        check_finds_nothing_wrong_with_the_settings_of_the_sandbox,
        check_goes_on_quietly_when_nobody_reads_any_more,
        check_says_how_to_mend_a_refused_api_key,
        check_says_how_to_mend_a_missing_channel_permission,
        check_says_how_to_mend_an_unreachable_headscale,
        check_says_how_to_mend_a_refused_token,
        without_settings_the_program_says_what_to_do_in_three_lines,
    ]
}

/// A client of the control API.
struct Control {
    client: reqwest::Client,
    url: String,
}

impl Control {
    fn of(served: &Served) -> Self {
        let client = reqwest::Client::builder().no_proxy();
        let client = client.build().expect("a client can be made");
        let url = served.control_url();
        Self { client, url }
    }

    async fn get(&self, path: &str) -> Value {
        answer(self.client.get(format!("{}{path}", self.url))).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        answer(self.asking(path, &body)).await
    }

    fn asking(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let request = self.client.post(format!("{}{path}", self.url));
        request.body(body.to_string())
    }

    /// The status and the sentence of something that is refused.
    async fn refusal(&self, path: &str, body: Value) -> (u16, String) {
        let reply = self.asking(path, &body).send().await;
        let reply = reply.expect("the control API answers");
        let status = reply.status().as_u16();
        let told: Value = reply.json().await.expect("errors are JSON");
        let sentence = told["error"].as_str().expect("errors are sentences");
        (status, sentence.to_owned())
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Value {
    let reply = request.send().await.expect("the control API answers");
    let status = reply.status();
    let text = reply.text().await.expect("the answer can be read");
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).expect("the answer is JSON")
}

fn program(settings: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).arg("--config").arg(settings);
    command.env_clear().stdin(Stdio::null()).kill_on_drop(true);
    command
}

fn bot(served: &Served) -> Child {
    let mut command = program(served.settings(), &[]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the program starts")
}

async fn stop(mut bot: Child) -> Option<i32> {
    let id = bot.id().expect("the bot runs").to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(
        sent.is_ok_and(|status| status.success()),
        "the signal is sent"
    );
    bot.wait().await.expect("the bot ends").code()
}

async fn up() -> (Served, Control) {
    let served = Served::start(&Options::default()).await;
    let served = served.expect("the stand-ins come up");
    let control = Control::of(&served);
    (served, control)
}

async fn a_request_made_through_the_control_api_is_delivered_and_joins() {
    let (served, control) = up().await;
    let bot = bot(&served);
    assert_eq!(control.get("/bot?wait=true").await["online"], true);

    let laptop = json!({"device": "laptop", "platform": "linux", "reason": "for the train"});
    let asked = control.post("/people/alice/request-device", laptop).await;
    assert_eq!(asked["answer"]["private"], true);
    control.get("/cards?says=for%20the%20train").await;
    let approve = json!({"label": "Approve"});
    control.post("/people/carol/press", approve).await;
    let letters = control.get("/people/alice/letters?says=auth-key").await;
    let keys = control.get("/headscale/keys").await;
    assert_eq!(letters[0]["key"], keys[0]["secret"]);
    control.get("/cards?says=Key%20sent").await;

    let node = control.post("/people/alice/scan", json!({})).await;
    assert_eq!(node["key"], keys[0]["id"]);
    control.get("/cards?says=as%20%60laptop%60").await;
    let letters = control
        .get("/people/alice/letters?says=is%20online%20as")
        .await;
    assert_eq!(
        letters[0]["key"],
        Value::Null,
        "the key is gone from the letter"
    );
    assert_eq!(control.get("/headscale/nodes").await[0]["name"], "laptop");

    assert_eq!(
        control.get("/complaints").await,
        json!({"discord": [], "headscale": []})
    );
    assert_eq!(stop(bot).await, Some(0));
}

async fn a_form_that_a_click_opens_is_filled_in_by_the_next_call() {
    let (served, control) = up().await;
    let bot = bot(&served);
    control.get("/bot?wait=true").await;
    let toaster = json!({"device": "toaster", "platform": "other"});
    control.post("/people/bob/request-device", toaster).await;
    control.get("/cards?says=toaster").await;
    let opened = control
        .post("/people/carol/press", json!({"label": "deny"}))
        .await;
    assert_eq!(opened["answer"]["kind"], "form");
    let reason = json!({"values": {"reason": "No toasters here."}});
    control.post("/people/carol/submit", reason).await;
    control
        .get("/people/bob/letters?says=No%20toasters%20here.")
        .await;
    assert_eq!(stop(bot).await, Some(0));
}

async fn a_card_that_is_clicked_before_its_posting_was_answered_is_decided() {
    let (served, control) = up().await;
    let bot = bot(&served);
    control.get("/bot?wait=true").await;
    let route = "POST /channels/{}/messages";
    let hold = json!({"on": "discord", "route": route, "what": "hold-reply"});
    let hold = control.post("/faults", hold).await;
    let laptop = json!({"device": "laptop", "platform": "linux"});
    control.post("/people/alice/request-device", laptop).await;
    control.get("/cards?says=laptop").await;
    let approve = json!({"label": "Approve"});
    control.post("/people/carol/press", approve).await;
    let release = format!("/faults/{}/release", hold["fault"]);
    control.post(&release, json!({})).await;
    control.get("/people/alice/letters?says=auth-key").await;
    assert_eq!(stop(bot).await, Some(0));
}

async fn what_cannot_be_done_is_told_in_a_sentence() {
    let (_served, control) = up().await;
    let mut told = Vec::new();
    for (path, body) in [
        (
            "/people/alice/request-device",
            json!({"device": "laptop", "platform": "linux"}),
        ),
        ("/people/alice/request-device", json!({"devise": "laptop"})),
        ("/people/Mallory!/open-dms", json!({})),
        ("/people/zoe/scan", json!({})),
        ("/people/alice/scan", json!({})),
        ("/discord/delete-message", json!({"message": "17"})),
        ("/discord/delete-message", json!({"message": "first"})),
        (
            "/faults",
            json!({"on": "discord", "route": "POST /nowhere", "what": "hang"}),
        ),
        (
            "/headscale/join",
            json!({"key": "none", "hostname": "toaster"}),
        ),
        ("/cards", json!({})),
        ("/nothing", json!({})),
    ] {
        let (status, sentence) = control.refusal(path, body).await;
        told.push(format!("{status} {sentence}"));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    503 The bot is not connected. Start it with the settings that were printed, and wait for it with GET /bot?wait=true.
    400 The JSON body does not fit: unknown field `devise`, expected one of `device`, `platform`, `reason` at line 1 column 9.
    400 "Mallory!" is no name: Discord's names have 2 to 32 of a-z, 0-9, `_` and `.`.
    404 Nobody is called "zoe"; POST /people/zoe makes a member.
    409 alice sees no message with a code to scan.
    404 There is no message 17.
    400 The JSON body does not fit: "first" is no id of Discord's at line 1 column 19.
    400 Discord has no route "POST /nowhere"; GET /faults/routes lists them.
    409 The device cannot join: invalid pre auth key.
    405 /cards does not take POST. GET / lists what there is.
    404 There is no POST /nothing. GET / lists what there is.
    "#);
}

/// The program's output, with everything replaced that differs from run to run.
fn words(served: &Served, output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let text = text.replace(&served.headscale.url(), "HEADSCALE");
    let dir = served.settings().parent().expect("a file is somewhere");
    let text = text.replace(&dir.display().to_string(), "DIR");
    let lines = text.lines().map(|line| match line.split_once("expires 2") {
        Some((start, _)) => format!("{start}expires SOME DAY"),
        None => line.to_owned(),
    });
    let code = output.status.code();
    let code = code.map_or("a signal".into(), |code| format!("exit code {code}"));
    lines.chain([code]).collect::<Vec<_>>().join("\n")
}

async fn check(served: &Served) -> String {
    let output = program(served.settings(), &["check"]).output().await;
    words(served, &output.expect("the program starts"))
}

async fn check_finds_nothing_wrong_with_the_settings_of_the_sandbox() {
    let (served, _control) = up().await;
    insta::assert_snapshot!(check(&served).await, @"
    ✓ Settings: complete
    ✓ Store: DIR/usher.db can be written
    ✓ Discord token: accepted, the bot is @usher
    ✓ Discord gateway: 1000 session starts left for today
    ✓ Discord server: the bot is in The Community
    ✓ Approver role: @approvers may approve
    ✓ Admin channel: the bot may post cards in #device-requests
    ✓ Approver mention: new cards mention @approvers
    ✓ Headscale: HEADSCALE runs 0.29
    ✓ Headscale API key: accepted, expires SOME DAY
    exit code 0
    ");
}

/// As behind `| head -1`.
async fn check_goes_on_quietly_when_nobody_reads_any_more() {
    let (served, _control) = up().await;
    let mut command = program(served.settings(), &["check"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut check = command.spawn().expect("the program starts");
    drop(check.stdout.take());
    let output = check.wait_with_output().await.expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

async fn check_says_how_to_mend_a_refused_api_key() {
    let (served, control) = up().await;
    control.post("/headscale/revoke-api-key", json!({})).await;
    insta::assert_snapshot!(faults(&check(&served).await), @"
    ✗ Headscale API key: Headscale refused the API key: it is wrong, expired or revoked (HEADSCALE). Make a new key with `headscale apikeys create` and put it into headscale.api_key or its file.
    exit code 1
    ");
}

async fn check_says_how_to_mend_a_missing_channel_permission() {
    let (served, control) = up().await;
    for permission in ["send_messages", "embed_links"] {
        control
            .post("/discord/deny-bot", json!({"permission": permission}))
            .await;
    }
    insta::assert_snapshot!(faults(&check(&served).await), @"
    ✗ Admin channel: The bot lacks permissions in the channel: Send Messages, Embed Links. Give them to the bot's role: channel settings, Permissions.
    exit code 1
    ");
    control
        .post("/discord/deny-bot", json!({"permission": "view_channel"}))
        .await;
    insta::assert_snapshot!(faults(&check(&served).await), @"
    ✗ Admin channel: The channel 300000000000000001 does not exist, or the bot may not see it. Check discord.admin_channel_id, and give the bot View Channel there.
    exit code 1
    ");
}

async fn check_says_how_to_mend_an_unreachable_headscale() {
    let (served, control) = up().await;
    control.post("/headscale/down", json!({})).await;
    insta::assert_snapshot!(faults(&check(&served).await), @"
    ✗ Headscale: Headscale cannot be reached: the connection was refused (HEADSCALE). Check headscale.url, that Headscale runs, and that this machine can reach it.
    exit code 1
    ");
}

async fn check_says_how_to_mend_a_refused_token() {
    let (served, control) = up().await;
    control.post("/discord/reset-token", json!({})).await;
    insta::assert_snapshot!(faults(&check(&served).await), @"
    ✗ Discord token: Discord does not accept the bot's token. Put the current one into discord.token: Developer Portal, Bot, Reset Token.
    exit code 1
    ");
}

/// Without the lines of what is fine.
fn faults(told: &str) -> String {
    let wrong = told.lines().filter(|line| !line.starts_with('✓'));
    wrong.collect::<Vec<_>>().join("\n")
}

async fn without_settings_the_program_says_what_to_do_in_three_lines() {
    let empty = tempfile::tempdir().expect("a directory can be made");
    let mut command = Command::new(PROGRAM);
    let output = command.current_dir(&empty).env_clear().output().await;
    let output = output.expect("the program starts");
    assert_eq!(output.status.code(), Some(78));
    assert!(output.stdout.is_empty());
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr), @"
    There are no settings yet. Copy config.example.toml to config.toml and fill in [discord] and [headscale],
    or set the same keys in the environment, such as USHER__DISCORD__TOKEN and USHER__HEADSCALE__URL.
    Then run `headscale-usher check`: it tells you what is missing and how to fix it.
    ");
}
