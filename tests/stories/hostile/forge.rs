//! Clicks, forms and commands that Discord would not deliver. All are refused, written down, and change nothing.

use std::collections::BTreeSet;

use serde_json::json;
use stand_ins::discord::{Forged, Interaction, Member, Message};

use super::ledger::Ledger;
use super::scene::Scene;

const APPROVERS_VERBS: [&str; 5] = ["approve", "deny", "retry", "revoke", "revoke-yes"];
const REQUESTERS_VERBS: [&str; 2] = ["cancel", "claim"];

const NO_APPROVER: &str = "Only approvers can do that. Nothing was changed.";
const NOT_YOURS: &str = "Only the person who made the request can do that. Nothing was changed.";
const OTHER_GUILD: &str =
    "You can only request devices, or decide about them, in the server this bot serves.";
const UNKNOWN: &str = "I don't know this request any more.";
const STALE: &str = "This card is out of date; use the latest one:";
const STALE_LETTER: &str = "This button is out of date. Use the one in my latest message to you.";

/// Pressed on a private list, or forged anywhere.
const ON_A_LIST: [&str; 3] = [
    "v1:list:pending:any:after:1",
    "v1:list:joined:7:before:9",
    "v1:post-again:1",
];

/// Numbers that no request has.
const MADE_UP: [i64; 3] = [0x7fff, 999_999, i64::MAX];

/// A crowd of ill-meaning people, who are known to nobody and are not heard more than a few times each.
struct Gang<'a> {
    scene: &'a Scene,
    role: Role,
    heard: usize,
    members: Vec<Member>,
    refusals: usize,
}

#[derive(Clone, Copy)]
enum Role {
    Member,
    Approver,
}

impl<'a> Gang<'a> {
    fn of(scene: &'a Scene, role: Role) -> Self {
        Self {
            scene,
            role,
            heard: 0,
            members: Vec::new(),
            refusals: 0,
        }
    }

    /// Somebody who has not been refused too often yet.
    fn next(&mut self) -> Member {
        const EACH: usize = 15;
        if self.heard.is_multiple_of(EACH) {
            let name = format!("mallory{}", self.members.len());
            let discord = &self.scene.stage.discord;
            self.members.push(match self.role {
                Role::Member => discord.member(&name),
                Role::Approver => discord.approver(&name),
            });
        }
        self.heard += 1;
        self.members.last().expect("just pushed").clone()
    }

    /// Delivers what was forged in one of their names; it must be refused in these words.
    async fn is_told(&mut self, words: &str, forge: impl FnOnce(&Member) -> Forged) {
        let forged = forge(&self.next());
        let what = format!("{forged:?}");
        let answer = answer(&self.scene.stage.discord.forge(forged)).await;
        assert_eq!(answer, refusal(words), "{what}");
        // The way to the card is an answer.
        self.refusals += usize::from(!words.starts_with(STALE));
    }

    /// Each refusal stands in the audit log once, under the name of whoever tried.
    async fn is_written_down(&self) {
        let ledger = Ledger::of(&self.scene.stage).await;
        let lines: usize = self
            .members
            .iter()
            .map(|member| ledger.lines_of(member.id()).len())
            .sum();
        assert_eq!(lines, self.refusals);
    }
}

/// The whole answer: two that are equal tell nobody anything.
async fn answer(interaction: &Interaction) -> serde_json::Value {
    let ack = interaction.acknowledged().await;
    json!({ "kind": format!("{:?}", ack.kind), "data": ack.data })
}

fn refusal(words: &str) -> serde_json::Value {
    json!({ "kind": "Message", "data": {
        "content": words, "embeds": [], "components": [], "attachments": [], "flags": 64,
        "allowed_mentions": { "parse": [], "roles": [], "users": [] },
    }})
}

/// The scene's facts before and after are the same.
struct Still {
    ledger: Ledger,
    deeds: usize,
    cards: BTreeSet<String>,
}

impl Still {
    async fn taken(scene: &Scene) -> Self {
        Self {
            ledger: Ledger::of(&scene.stage).await,
            deeds: scene.deeds(),
            cards: scene
                .stage
                .discord
                .cards()
                .iter()
                .map(|card| format!("{} {}", card.id(), card.text()))
                .collect(),
        }
    }

    async fn is_still_true(&self, scene: &Scene) {
        let now = Self::taken(scene).await;
        assert_eq!(now.ledger.requests, self.ledger.requests);
        assert_eq!(now.deeds, self.deeds, "Headscale was asked to do something");
        assert_eq!(now.cards, self.cards);
    }
}

fn custom_id(verb: &str, number: i64) -> String {
    format!("v1:{verb}:{number}")
}

fn deny_form(by: &Member, message: Option<&Message>, number: i64) -> Forged {
    let id = custom_id("deny-form", number);
    Forged::form(by, message, &id, &[("reason", "because")])
}

#[tokio::test]
async fn a_member_who_forges_an_approvers_click_learns_nothing_and_changes_nothing() {
    let scene = Scene::set().await;
    let still = Still::taken(&scene).await;
    let mut gang = Gang::of(&scene, Role::Member);
    for known in &scene.known {
        for number in MADE_UP.into_iter().chain([known.number]) {
            for verb in APPROVERS_VERBS {
                let id = custom_id(verb, number);
                gang.is_told(NO_APPROVER, |by| Forged::click(by, &known.card, &id))
                    .await;
            }
            gang.is_told(NO_APPROVER, |by| deny_form(by, Some(&known.card), number))
                .await;
            gang.is_told(NO_APPROVER, |by| deny_form(by, None, number))
                .await;
        }
        for id in ON_A_LIST {
            gang.is_told(NO_APPROVER, |by| Forged::click(by, &known.card, id))
                .await;
        }
    }
    let list = |by: &Member| Forged::command(by, "requests", &json!([]));
    gang.is_told(NO_APPROVER, list).await;
    gang.is_told(OTHER_GUILD, |by| list(by).in_dms()).await;
    gang.is_written_down().await;
    still.is_still_true(&scene).await;
    scene.stage.finish().await;
}

#[tokio::test]
async fn somebody_elses_cancel_and_claim_are_refused_like_those_of_requests_that_never_were() {
    let scene = Scene::set().await;
    let still = Still::taken(&scene).await;
    let mut gang = Gang::of(&scene, Role::Member);
    for known in &scene.known {
        for number in MADE_UP.into_iter().chain([known.number]) {
            for verb in REQUESTERS_VERBS {
                let id = custom_id(verb, number);
                gang.is_told(NOT_YOURS, |by| Forged::click(by, &known.own, &id))
                    .await;
                gang.is_told(NOT_YOURS, |by| Forged::click(by, &known.own, &id).in_dms())
                    .await;
            }
        }
    }
    let carol = &scene.carol;
    let known = scene.called("claimable");
    let id = custom_id("claim", known.number);
    let forged = Forged::click(carol, &known.own, &id);
    let told = answer(&scene.stage.discord.forge(forged)).await;
    assert_eq!(
        told,
        refusal(NOT_YOURS),
        "an approver collects nobody's key"
    );
    gang.is_written_down().await;
    still.is_still_true(&scene).await;
    scene.stage.finish().await;
}

#[tokio::test]
async fn an_approver_is_one_in_this_guild_and_in_the_approvers_channel_only() {
    let scene = Scene::set().await;
    let discord = &scene.stage.discord;
    discord.add_guild(4242, "elsewhere");
    let lobby = scene.alice.writes("hello");
    let still = Still::taken(&scene).await;
    let mut gang = Gang::of(&scene, Role::Approver);
    let card = &scene.called("waiting").card;
    let (guild, channel) = (discord.guild_id(), card.channel_id());
    let way = format!(
        "{STALE} https://discord.com/channels/{guild}/{channel}/{}",
        card.id()
    );
    for number in MADE_UP.into_iter().chain([1]) {
        let stale = if number == 1 { &way } else { UNKNOWN };
        for verb in APPROVERS_VERBS {
            let id = custom_id(verb, number);
            gang.is_told(OTHER_GUILD, |by| {
                Forged::click(by, card, &id).in_guild(4242)
            })
            .await;
            gang.is_told(OTHER_GUILD, |by| Forged::click(by, card, &id).in_dms())
                .await;
            gang.is_told(stale, |by| Forged::click(by, &lobby, &id))
                .await;
        }
        gang.is_told(stale, |by| deny_form(by, None, number)).await;
        gang.is_told(stale, |by| deny_form(by, Some(&lobby), number))
            .await;
        gang.is_told(OTHER_GUILD, |by| {
            deny_form(by, Some(card), number).in_guild(4242)
        })
        .await;
    }
    gang.is_written_down().await;
    still.is_still_true(&scene).await;
    scene.stage.finish().await;
}

#[tokio::test]
async fn made_up_buttons_forms_and_commands_are_refused_and_written_down() {
    let scene = Scene::set().await;
    let still = Still::taken(&scene).await;
    let mut gang = Gang::of(&scene, Role::Approver);
    let card = &scene.called("waiting").card;
    let long = "v1:approve:".to_owned() + &"1".repeat(89);
    for id in [
        "",
        "v1",
        "v1:approve",
        "v1:approve:",
        "v1:approve:0",
        "v1:approve:-1",
        "v1:approve:01",
        "v1:approve:1 ",
        "v1:approve:1:2",
        "v2:approve:1",
        "v1:Approve:1",
        "v1:drop:1",
        "approve",
        "v1:approve:１",
        "v1:deny-form:1",
        &long,
        "'; DROP TABLE device_request; --",
        "v1:list:pending:any:after:0",
        "v1:list:everything:any:after:1",
        "v1:post-again:0",
    ] {
        gang.is_told(UNKNOWN, |by| Forged::click(by, card, id))
            .await;
    }
    for verb in APPROVERS_VERBS.iter().chain(&REQUESTERS_VERBS) {
        let id = custom_id(verb, 1);
        gang.is_told(UNKNOWN, |by| Forged::form(by, Some(card), &id, &[]))
            .await;
    }
    for number in MADE_UP {
        let id = custom_id("approve", number);
        gang.is_told(UNKNOWN, |by| Forged::click(by, card, &id))
            .await;
    }
    gang.is_told(UNKNOWN, |by| Forged::command(by, "drop-tables", &json!([])))
        .await;
    gang.is_written_down().await;
    still.is_still_true(&scene).await;
    scene.stage.finish().await;
}

#[tokio::test]
async fn a_command_with_options_that_discord_would_not_send_makes_no_request() {
    let scene = Scene::set().await;
    let still = Still::taken(&scene).await;
    let mut gang = Gang::of(&scene, Role::Member);
    let no_name = "device: `?` can't be a device name. Use 2-63 lowercase letters, digits or hyphens, not starting or \
        ending with a hyphen.";
    let text = |name: &str, value: &str| json!({ "type": 3, "name": name, "value": value });
    for options in [
        json!([]),
        json!([{ "type": 4, "name": "device", "value": 7 }]),
        json!([{ "type": 5, "name": "device", "value": true }]),
        json!([{ "type": 1, "name": "device", "options": [text("device", "laptop")] }]),
        json!([text("Device", "laptop")]),
    ] {
        gang.is_told(no_name, |by| {
            Forged::command(by, "request-device", &options)
        })
        .await;
    }
    let platform = json!([text("device", "laptop"), text("platform", "amiga")]);
    gang.is_told("platform: choose one from the list.", |by| {
        Forged::command(by, "request-device", &platform)
    })
    .await;
    let whole = json!([text("device", "laptop"), text("platform", "linux")]);
    gang.is_told(OTHER_GUILD, |by| {
        Forged::command(by, "request-device", &whole).in_dms()
    })
    .await;
    gang.is_told(OTHER_GUILD, |by| {
        Forged::command(by, "request-device", &whole).in_guild(4242)
    })
    .await;
    gang.is_written_down().await;
    still.is_still_true(&scene).await;
    scene.stage.finish().await;
}

#[tokio::test]
async fn the_requester_cannot_press_more_than_their_own_buttons_in_their_own_places() {
    let scene = Scene::set().await;
    let discord = &scene.stage.discord;
    let still = Still::taken(&scene).await;
    let (alice, claimable) = (&scene.alice, scene.called("claimable"));
    let elsewhere = discord.add_channel("elsewhere");
    let stray = alice.at(elsewhere).writes("hello");
    let claim = custom_id("claim", claimable.number);
    for (forged, words) in [
        (Forged::click(alice, &stray, &claim), STALE_LETTER),
        (Forged::click(alice, &stray, &claim).in_dms(), STALE_LETTER),
        (
            Forged::click(alice, &claimable.own, &claim).in_guild(4242),
            OTHER_GUILD,
        ),
        (
            Forged::click(alice, &claimable.own, "v1:cancel:1").in_guild(4242),
            OTHER_GUILD,
        ),
        (
            Forged::click(alice, &claimable.card, "v1:approve:1"),
            NO_APPROVER,
        ),
    ] {
        let what = format!("{forged:?}");
        assert_eq!(
            answer(&discord.forge(forged)).await,
            refusal(words),
            "{what}"
        );
    }
    still.is_still_true(&scene).await;
    scene.stage.finish().await;
}

#[tokio::test]
async fn an_approvers_forged_form_is_held_to_the_forms_own_limits() {
    let scene = Scene::set().await;
    let still = Still::taken(&scene).await;
    let waiting = scene.called("waiting");
    let endless = "no ".repeat(2000);
    let form = Forged::form(
        &scene.carol,
        Some(&waiting.card),
        &custom_id("deny-form", waiting.number),
        &[("reason", &endless)],
    );
    let told = answer(&scene.stage.discord.forge(form)).await;
    let words = "reason: 5999 characters are too many; the limit is 400.";
    assert_eq!(told, refusal(words));
    still.is_still_true(&scene).await;
    scene.stage.finish().await;
}
