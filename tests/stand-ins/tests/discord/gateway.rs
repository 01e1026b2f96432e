//! The gateway, spoken to by the unmodified client and by a plain socket.

use std::{io::Read as _, time::Duration};

use flate2::read::ZlibDecoder;
use futures_util::{SinkExt as _, StreamExt as _};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use stand_ins::discord::{Discord, Forged};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::probe::Probe;

/// A plain gateway client.
struct Line(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// A frame that came over the line.
#[derive(Debug)]
enum Heard {
    Payload(Value),
    Compressed(Value),
    Closed(Option<u16>),
}

impl Line {
    async fn open(discord: &Discord) -> Self {
        Self::open_at(&format!("{}/?v=10&encoding=json", discord.gateway_url())).await
    }

    async fn open_at(url: &str) -> Self {
        Self(connect_async(url).await.expect("the gateway answers").0)
    }

    async fn say(&mut self, payload: &Value) {
        self.0
            .send(Message::text(payload.to_string()))
            .await
            .expect("the line is open");
    }

    async fn hear(&mut self) -> Heard {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Heard::Payload(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Binary(bytes))) => {
                    let mut text = String::new();
                    ZlibDecoder::new(bytes.as_ref())
                        .read_to_string(&mut text)
                        .unwrap();
                    return Heard::Compressed(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Close(frame))) => {
                    return Heard::Closed(frame.map(|frame| frame.code.into()));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(_)) | None => return Heard::Closed(None),
            }
        }
    }

    async fn payload(&mut self) -> Value {
        match self.hear().await {
            Heard::Payload(payload) | Heard::Compressed(payload) => payload,
            Heard::Closed(code) => panic!("closed with {code:?}"),
        }
    }

    async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Heard::Closed(code) = self.hear().await {
                return code;
            }
        }
    }

    /// HELLO, IDENTIFY, READY.
    async fn identified(discord: &Discord) -> (Self, Value) {
        let mut line = Self::open(discord).await;
        assert_eq!(line.payload().await["op"], 10);
        line.say(&identify(discord, json!({}))).await;
        let ready = line.payload().await;
        assert_eq!(ready["t"], "READY");
        (line, ready)
    }
}

fn identify(discord: &Discord, extra: Value) -> Value {
    let mut data = json!({
        "token": discord.token().expose_secret(), "intents": 0,
        "properties": {"os": "linux", "browser": "x", "device": "x"},
    });
    data.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    json!({"op": 2, "d": data})
}

fn resume(discord: &Discord, session: &Value, seq: u64) -> Value {
    let token = discord.token().expose_secret().to_owned();
    json!({"op": 6, "d": {"token": token, "session_id": session, "seq": seq}})
}

#[tokio::test]
async fn a_session_begins_as_documented() {
    let discord = Discord::start().await;
    let (mut line, ready) = Line::identified(&discord).await;
    let data = &ready["d"];
    assert_eq!((&ready["s"], &data["v"]), (&json!(1), &json!(10)));
    let stub = json!([{"id": discord.guild_id().to_string(), "unavailable": true}]);
    assert_eq!(data["guilds"], stub);
    assert_eq!(
        data["application"]["id"],
        discord.application_id().to_string()
    );
    assert_ne!(data["resume_gateway_url"], discord.gateway_url());
    line.say(&json!({"op": 1, "d": 1})).await;
    assert_eq!(line.payload().await["op"], 11);
    discord.gateway().ask_heartbeat();
    assert_eq!(line.payload().await["op"], 1);
}

#[tokio::test]
async fn each_mistake_has_its_close_code() {
    let discord = Discord::start().await;
    let first = async |payload: Value| {
        let mut line = Line::open(&discord).await;
        line.say(&payload).await;
        line.closed().await
    };
    let spoilt = |extra: Value| identify(&discord, extra);
    assert_eq!(first(json!({"op": 99})).await, Some(4001));
    assert_eq!(first(json!("no payload")).await, Some(4001));
    assert_eq!(
        first(json!({"op": 1, "d": "x".repeat(4096)})).await,
        Some(4002)
    );
    assert_eq!(first(json!({"op": 3, "d": {}})).await, Some(4003));
    assert_eq!(first(spoilt(json!({"token": "wrong"}))).await, Some(4004));
    assert_eq!(first(spoilt(json!({"shard": [1, 1]}))).await, Some(4010));
    assert_eq!(
        first(spoilt(json!({"intents": 1_u64 << 40}))).await,
        Some(4013)
    );
    assert_eq!(first(spoilt(json!({"intents": 2}))).await, Some(4014));
    let mut line = Line::open_at(&format!("{}/?v=6", discord.gateway_url())).await;
    assert_eq!(line.closed().await, Some(4012));
    let (mut line, _) = Line::identified(&discord).await;
    line.say(&identify(&discord, json!({}))).await;
    assert_eq!(line.closed().await, Some(4005));
    let (mut line, _) = Line::identified(&discord).await;
    line.say(&json!({"op": 1, "d": 99})).await;
    assert_eq!(line.closed().await, Some(4007));
    let (mut line, _) = Line::identified(&discord).await;
    for _ in 0..121 {
        line.say(&json!({"op": 1, "d": 1})).await;
    }
    assert_eq!(line.closed().await, Some(4008));
    discord.allow_intents(2);
    let mut line = Line::open(&discord).await;
    line.say(&spoilt(json!({"intents": 2}))).await;
    assert_eq!(line.payload().await["op"], 10);
    assert_eq!(line.payload().await["t"], "READY");
}

#[tokio::test]
async fn silence_is_ended_and_pauses_between_sessions_are_kept() {
    let discord = Discord::start().await;
    discord.gateway().heartbeat_every(Duration::from_millis(20));
    let (mut line, _) = Line::identified(&discord).await;
    assert_eq!(line.closed().await, Some(4009));
    discord.gateway().heartbeat_every(Duration::from_secs(40));
    discord.gateway().identify_spacing(Duration::from_secs(5));
    let mut line = Line::open(&discord).await;
    assert_eq!(line.payload().await["op"], 10);
    line.say(&identify(&discord, json!({}))).await;
    assert_eq!(line.payload().await["op"], 9);
    discord.pass_time(Duration::from_secs(6));
    Line::identified(&discord).await;
    assert_eq!(discord.gateway().identifies(), 3);
}

#[tokio::test]
async fn a_resumed_session_gets_what_it_missed() {
    let discord = Discord::start().await;
    let alice = discord.member("alice");
    let (line, ready) = Line::identified(&discord).await;
    drop(line);
    discord.gateway().offline().await;
    let missed = discord.forge(Forged::command(&alice, "request-device", &json!([])));
    let session = &ready["d"]["session_id"];
    let url = ready["d"]["resume_gateway_url"].as_str().unwrap();
    let mut line = Line::open_at(&format!("{url}/?v=10&encoding=json")).await;
    assert_eq!(line.payload().await["op"], 10);
    line.say(&resume(&discord, session, 1)).await;
    let replayed = line.payload().await;
    assert_eq!(
        (&replayed["t"], &replayed["s"]),
        (&json!("INTERACTION_CREATE"), &json!(2))
    );
    assert_eq!(replayed["d"]["id"], missed.id().to_string());
    assert_eq!(line.payload().await["t"], "RESUMED");
    discord.redeliver(&missed);
    assert_eq!(line.payload().await["d"], replayed["d"]);
    assert_eq!(discord.gateway().resume_address_uses(), 1);
    line.0.close(None).await.unwrap();
    let mut line = Line::open(&discord).await;
    assert_eq!(line.payload().await["op"], 10);
    line.say(&resume(&discord, &json!("unknown"), 1)).await;
    let invalid = line.payload().await;
    assert_eq!((&invalid["op"], &invalid["d"]), (&json!(9), &json!(false)));
}

#[tokio::test]
async fn long_payloads_are_compressed_for_those_who_ask() {
    let discord = Discord::start().await;
    let mut line = Line::open(&discord).await;
    assert!(matches!(line.hear().await, Heard::Payload(_)));
    line.say(&identify(&discord, json!({"compress": true})))
        .await;
    let Heard::Compressed(ready) = line.hear().await else {
        panic!("not compressed")
    };
    assert_eq!(ready["t"], "READY");
}

#[tokio::test]
async fn the_levers_pull() {
    let discord = Discord::start().await;
    let gateway = discord.gateway();
    gateway.greet(false);
    gateway.acknowledge(false);
    let mut line = Line::open(&discord).await;
    line.say(&identify(&discord, json!({}))).await;
    assert_eq!(line.payload().await["t"], "READY");
    line.say(&json!({"op": 1, "d": 1})).await;
    gateway.ask_reconnect();
    assert_eq!(line.payload().await["op"], 7);
    gateway.invalidate(true);
    assert_eq!(line.payload().await["d"], true);
    gateway.close(4000);
    assert_eq!(line.closed().await, Some(4000));
    gateway.greet(true);
    let (mut line, _) = Line::identified(&discord).await;
    gateway.cut();
    assert_eq!(line.closed().await, None);
    gateway.close_next_identify(4014);
    let mut line = Line::open(&discord).await;
    line.say(&identify(&discord, json!({}))).await;
    assert_eq!(line.closed().await, Some(4014));
    gateway.admit(false);
    assert!(
        connect_async(format!("{}/?v=10", discord.gateway_url()))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_unmodified_client_comes_back_after_each_trouble() {
    let discord = Discord::start().await;
    let mut probe = Probe::start(&discord).await;
    let alice = discord.member("alice");
    let gateway = discord.gateway();
    let troubles: [(&str, &dyn Fn()); 4] = [
        ("op 7", &|| gateway.ask_reconnect()),
        ("op 9", &|| gateway.invalidate(true)),
        ("4000", &|| gateway.close(4000)),
        ("cut", &|| gateway.cut()),
    ];
    for (n, (name, trouble)) in troubles.into_iter().enumerate() {
        trouble();
        gateway.resumed_times(n + 1).await;
        let asked = alice.request_device("laptop", "linux", None).await;
        let got = probe.next().await;
        assert_eq!(got.id().get(), asked.id(), "{name}");
    }
    assert_eq!(gateway.readies(), 1);
}

#[tokio::test]
async fn a_thousand_starts_cost_the_token() {
    let discord = Discord::start().await;
    for _ in 0..1000 {
        Line::identified(&discord).await;
    }
    let mut line = Line::open(&discord).await;
    line.say(&identify(&discord, json!({}))).await;
    assert_eq!(line.closed().await, Some(4004));
    let complaints = discord.take_complaints();
    assert_eq!(complaints[0].what, "identified more than 200 times");
}
