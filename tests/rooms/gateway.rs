//! The connection to Discord: it starts when it can, lasts, never rushes, and always ends when told to.

mod inspection;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serenity::all::EventHandler;
use serenity::async_trait;
use stand_ins::discord::{Discord, Layout, Refusal};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::gateway::{Connection, DiscordSettings, Fatal, ReconnectPolicy, run};
use crate::operations::Health;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const ENTRANCE: &str = "GET /gateway/bot";

struct Idle;

#[async_trait]
impl EventHandler for Idle {}

struct Bot {
    connection: Connection,
    stop: CancellationToken,
    running: JoinHandle<Result<(), Fatal>>,
}

impl Bot {
    fn start(discord: &Discord) -> Self {
        Self::at(discord, &discord.api_url(), quick())
    }

    fn at(discord: &Discord, api_url: &str, reconnect: ReconnectPolicy) -> Self {
        let connection = open(discord, api_url, reconnect);
        let stop = CancellationToken::new();
        let (ours, stopped) = (connection.clone(), stop.clone());
        let running = tokio::spawn(async move { run(&ours, Arc::new(Idle), stopped).await });
        Self {
            connection,
            stop,
            running,
        }
    }

    async fn ended(self) -> Result<(), Fatal> {
        let ended = timeout(PATIENCE, self.running).await;
        ended.expect("it ends by itself").unwrap()
    }

    /// Ends in time, whatever the connection is doing.
    async fn stop(self) {
        let told = Instant::now();
        self.stop.cancel();
        assert_eq!(self.ended().await, Ok(()));
        assert!(told.elapsed() < Duration::from_secs(9));
    }
}

fn open(discord: &Discord, api_url: &str, reconnect: ReconnectPolicy) -> Connection {
    let settings = DiscordSettings {
        api_url: Some(api_url.parse().unwrap()),
        reconnect,
        ..DiscordSettings::new(discord.token())
    };
    Connection::open(settings, Health::new()).unwrap()
}

/// Pauses that a test can wait for.
fn quick() -> ReconnectPolicy {
    ReconnectPolicy {
        first_pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(100),
        grace: Duration::from_millis(200),
        ..ReconnectPolicy::default()
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = timeout(PATIENCE, waiting).await;
    assert!(waited.is_ok(), "waited in vain for {what}");
}

#[tokio::test]
async fn it_connects_without_asking_for_an_address_to_fall_back_from() {
    let discord = Discord::start().await;
    discord
        .fault("GET /gateway")
        .always()
        .refuse(Refusal::html(500));
    let bot = Bot::start(&discord);
    let health = bot.connection.health().clone();
    until("a session", || health.gateway().connected).await;
    assert_eq!(health.gateway().sessions, 1);
    assert_eq!(health.gateway().connections, 1);
    assert_eq!(discord.count("GET /gateway"), 0);
    bot.stop().await;
    assert!(!discord.gateway().is_online());
    assert!(!health.gateway().connected);
    assert_eq!(discord.complaints(), []);
}

#[tokio::test]
async fn a_failing_entrance_is_asked_again_and_nothing_else_is_dialled() {
    let discord = Discord::start().await;
    discord.fault(ENTRANCE).times(2).refuse(Refusal::html(500));
    discord.fault(ENTRANCE).garble();
    let bot = Bot::start(&discord);
    discord.gateway().ready_times(1).await;
    assert_eq!(discord.count(ENTRANCE), 4);
    bot.stop().await;
}

#[tokio::test]
async fn an_entrance_that_leads_nowhere_is_not_taken() {
    let discord = Discord::start().await;
    let elsewhere = serde_json::json!({
        "url": "http://127.0.0.1:1", "shards": 1,
        "session_start_limit": { "total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1 },
    });
    discord
        .fault(ENTRANCE)
        .refuse(Refusal::body(200, elsewhere));
    let bot = Bot::start(&discord);
    discord.gateway().ready_times(1).await;
    assert_eq!(bot.connection.health().gateway().connections, 1);
    bot.stop().await;
}

#[tokio::test]
async fn discord_may_be_down_at_the_start() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bind: SocketAddr = listener.local_addr().unwrap();
    let elsewhere = Discord::start().await;
    let bot = Bot::at(&elsewhere, &format!("http://{bind}"), quick());
    let (first, _) = listener.accept().await.unwrap();
    drop((first, listener));
    let layout = Layout {
        bind,
        ..Layout::default()
    };
    let discord = Discord::start_with(layout).await;
    discord.gateway().ready_times(1).await;
    bot.stop().await;
}

#[tokio::test]
async fn a_wrong_token_is_fatal_at_the_door() {
    let discord = Discord::start().await;
    discord.reset_token();
    assert_eq!(Bot::start(&discord).ended().await, Err(Fatal::Token));
    assert_eq!(discord.gateway().identifies(), 0);
    assert_eq!(discord.count(ENTRANCE), 1);
}

#[tokio::test]
async fn close_codes_that_no_restart_can_mend_are_fatal() {
    for (code, fatal) in [
        (4004, Fatal::Token),
        (4013, Fatal::Intents),
        (4014, Fatal::Intents),
    ] {
        let discord = Discord::start().await;
        discord.gateway().close_next_identify(code);
        assert_eq!(Bot::start(&discord).ended().await, Err(fatal));
        assert_eq!(discord.gateway().identifies(), 1);
    }
}

#[tokio::test]
async fn a_token_refused_to_the_messenger_ends_the_connection_too() {
    let discord = Discord::start().await;
    let bot = Bot::start(&discord);
    discord.gateway().ready_times(1).await;
    bot.connection.rest().refused().cancel();
    assert_eq!(bot.ended().await, Err(Fatal::Token));
}

#[tokio::test]
async fn it_stops_while_it_waits_for_the_entrance() {
    let discord = Discord::start().await;
    let held = discord.fault(ENTRANCE).hold();
    let bot = Bot::start(&discord);
    held.arrived().await;
    bot.stop().await;
    held.release();
}

#[tokio::test]
async fn it_stops_while_it_connects() {
    let discord = Discord::start().await;
    let deaf = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("ws://{}", deaf.local_addr().unwrap());
    let body = serde_json::json!({
        "url": address, "shards": 1,
        "session_start_limit": { "total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1 },
    });
    discord
        .fault(ENTRANCE)
        .always()
        .refuse(Refusal::body(200, body));
    let bot = Bot::start(&discord);
    let (_socket, _) = deaf.accept().await.unwrap();
    bot.stop().await;
}

#[tokio::test]
async fn it_stops_while_it_waits_for_a_greeting() {
    let discord = Discord::start().await;
    discord.gateway().greet(false);
    let bot = Bot::start(&discord);
    let health = bot.connection.health().clone();
    until("a connection", || health.gateway().connections == 1).await;
    bot.stop().await;
    assert_eq!(discord.gateway().identifies(), 0);
}

#[tokio::test]
async fn it_stops_after_it_has_reconnected() {
    let discord = Discord::start().await;
    let bot = Bot::start(&discord);
    discord.gateway().ready_times(1).await;
    discord.gateway().ask_reconnect();
    discord.gateway().resumed_times(1).await;
    let health = bot.connection.health().clone();
    until("the session again", || health.gateway().connected).await;
    assert_eq!(
        (health.gateway().connections, health.gateway().sessions),
        (2, 1)
    );
    bot.stop().await;
    discord.gateway().offline().await;
}

#[tokio::test]
async fn an_invalid_session_is_begun_anew_and_still_says_goodbye() {
    let discord = Discord::start().await;
    let bot = Bot::start(&discord);
    discord.gateway().ready_times(1).await;
    discord.gateway().invalidate(false);
    discord.gateway().ready_times(2).await;
    let health = bot.connection.health().clone();
    until("the new session", || health.gateway().sessions == 2).await;
    bot.stop().await;
    discord.gateway().offline().await;
}

#[tokio::test]
async fn a_storm_of_resumes_is_slowed_to_a_trickle() {
    let discord = Discord::start().await;
    let policy = ReconnectPolicy {
        free_connections: 2,
        first_hold: Duration::from_mins(1),
        ..quick()
    };
    let bot = Bot::at(&discord, &discord.api_url(), policy);
    discord.gateway().ready_times(1).await;
    discord.gateway().close_after_resume(Some(4000));
    discord.gateway().close(4000);
    let health = bot.connection.health().clone();
    until("the gate to hold", || health.gateway().connections == 2).await;
    until("the storm to break off", || !discord.gateway().is_online()).await;
    bot.stop().await;
    assert_eq!(discord.gateway().resumes(), 1);
    assert_eq!(discord.gateway().identifies(), 1);
}

#[tokio::test]
async fn a_session_that_never_comes_back_is_given_up_for_a_new_one() {
    let discord = Discord::start().await;
    let policy = ReconnectPolicy {
        session_timeout: Duration::from_secs(2),
        ..quick()
    };
    let bot = Bot::at(&discord, &discord.api_url(), policy);
    discord.gateway().ready_times(1).await;
    for _ in 0..100 {
        discord.gateway().close_next_resume(4000);
    }
    discord.gateway().cut();
    let health = bot.connection.health().clone();
    discord.gateway().ready_times(2).await;
    assert_eq!(discord.count(ENTRANCE), 2);
    until("a new session", || health.gateway().connected).await;
    bot.stop().await;
}

#[tokio::test]
async fn the_last_session_starts_of_the_day_are_spared() {
    let discord = Discord::start().await;
    discord.gateway().starts_remaining(50);
    let bot = Bot::start(&discord);
    until("several questions", || discord.count(ENTRANCE) > 2).await;
    assert_eq!(discord.gateway().identifies(), 0);
    discord.gateway().starts_remaining(51);
    discord.gateway().ready_times(1).await;
    bot.stop().await;
}

#[tokio::test]
async fn an_interaction_that_serenity_cannot_read_is_counted() {
    let discord = Discord::start().await;
    let bot = Bot::start(&discord);
    let health = bot.connection.health().clone();
    until("a session", || health.gateway().connected).await;
    discord.dispatch("SOMETHING_NEW", &serde_json::json!({ "id": "1" }));
    discord.dispatch("INTERACTION_CREATE", &serde_json::json!({ "id": "1" }));
    until("the loss to be counted", || {
        health.gateway().lost_interactions > 0
    })
    .await;
    assert_eq!(health.gateway().lost_interactions, 1);
    bot.stop().await;
}
