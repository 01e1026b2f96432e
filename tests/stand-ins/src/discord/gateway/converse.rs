//! One connection of the bot to the gateway.

use std::{collections::VecDeque, io::Write as _, sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use flate2::{Compression, write::ZlibEncoder};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

use super::session::{Out, Outbox, ready};
use crate::discord::{
    feed::Happening,
    shared::{Shared, State},
    wire::Line,
};

/// A payload of the bot may be this long.
const MAX_PAYLOAD: usize = 4096;
/// This many payloads go through in a minute.
const MAX_SENT: usize = 120;
/// Intents that exist.
const KNOWN_INTENTS: u64 = ((1 << 17) - 1) | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25;
/// `GUILD_MEMBERS`, `GUILD_PRESENCES`, `MESSAGE_CONTENT`.
const PRIVILEGED_INTENTS: u64 = 1 << 1 | 1 << 8 | 1 << 15;

struct Conversation {
    shared: Arc<Shared>,
    number: u64,
    outbox: Outbox,
    version_fits: bool,
    compress: bool,
    sent: VecDeque<Instant>,
    heartbeat: Duration,
    last_heartbeat: Instant,
}

/// Speaks with one connection until either side ends it.
pub(crate) async fn converse(
    shared: Arc<Shared>,
    mut socket: WebSocket,
    line: Line,
    query: String,
    resume_address: bool,
) {
    let (outbox, mut letters) = mpsc::unbounded_channel();
    let mut conversation = Conversation::begin(shared, outbox, &query, resume_address);
    let mut session_ends = false;
    loop {
        let silence = conversation.last_heartbeat + conversation.heartbeat * 2;
        tokio::select! {
            out = letters.recv() => match out {
                Some(Out::Payload(text)) => {
                    if socket.send(conversation.pack(text)).await.is_err() { break }
                }
                Some(Out::Close(code)) => {
                    close(&mut socket, code).await;
                    session_ends = !matches!(code, 4000..=4003 | 4005 | 4008);
                    break;
                }
                Some(Out::Cut) | None => {
                    line.cut();
                    // Only a touched socket notices that it was cut.
                    drop(socket.recv().await);
                    break;
                }
            },
            heard = timeout_at(silence, socket.recv()) => match heard {
                Ok(Some(Ok(Message::Text(text)))) => conversation.hear(text.as_str()),
                Ok(Some(Ok(Message::Close(frame)))) => {
                    let code = frame.map_or(1005, |frame| frame.code);
                    session_ends = matches!(code, 1000 | 1001);
                    break;
                }
                Ok(Some(Ok(Message::Binary(_)))) => conversation.say(Out::Close(4002)),
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                Ok(Some(Err(_)) | None) => break,
                Err(_) => conversation.say(Out::Close(4009)),
            },
        }
    }
    conversation.end(session_ends);
}

/// Says goodbye and waits a moment for the answer, so the frame arrives.
async fn close(socket: &mut WebSocket, code: u16) {
    let frame = CloseFrame {
        code,
        reason: "".into(),
    };
    if socket.send(Message::Close(Some(frame))).await.is_ok() {
        let answer = async { while let Some(Ok(_)) = socket.recv().await {} };
        drop(tokio::time::timeout(Duration::from_secs(2), answer).await);
    }
}

impl Conversation {
    fn begin(shared: Arc<Shared>, outbox: Outbox, query: &str, resume_address: bool) -> Self {
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
        let says = |key: &str, value: &str| pairs.iter().any(|(k, v)| k == key && v == value);
        let json = says("encoding", "json") || !pairs.iter().any(|(key, _)| key == "encoding");
        let (number, heartbeat, greet) = shared.change(|state| {
            let gateway = &mut state.gateway;
            gateway.connected += 1;
            gateway.resume_addresses += usize::from(resume_address);
            gateway
                .connections
                .push((gateway.connected, outbox.clone()));
            (
                gateway.connected,
                gateway.script.heartbeat_ms,
                gateway.script.greet,
            )
        });
        let conversation = Self {
            shared,
            number,
            outbox,
            version_fits: says("v", "10") && json,
            compress: false,
            sent: VecDeque::new(),
            heartbeat: Duration::from_millis(heartbeat),
            last_heartbeat: Instant::now(),
        };
        if !conversation.version_fits {
            conversation.say(Out::Close(4012));
        } else if greet {
            let data = json!({"heartbeat_interval": heartbeat, "_trace": ["[\"stand-in\"]"]});
            conversation.send(10, &data);
        }
        conversation
    }

    fn end(&self, session_ends: bool) {
        self.shared
            .change(|state| state.gateway.lost(self.number, session_ends));
    }

    fn say(&self, out: Out) {
        drop(self.outbox.send(out));
    }

    fn send(&self, op: u8, data: &Value) {
        let payload = json!({"op": op, "d": data, "s": null, "t": null});
        self.say(Out::Payload(payload.to_string()));
    }

    /// Compressed or plain; long payloads are compressed for those who asked.
    fn pack(&self, text: String) -> Message {
        let wanted = self.compress && text.len() > 512;
        if wanted && self.shared.read(|state| state.gateway.script.compress) {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
            if encoder.write_all(text.as_bytes()).is_ok()
                && let Ok(bytes) = encoder.finish()
            {
                return Message::Binary(bytes.into());
            }
        }
        Message::Text(text.into())
    }

    /// True if the bot talks too much.
    fn flooded(&mut self) -> bool {
        let now = Instant::now();
        self.sent.push_back(now);
        while self
            .sent
            .front()
            .is_some_and(|at| now - *at > Duration::from_mins(1))
        {
            self.sent.pop_front();
        }
        self.sent.len() > MAX_SENT
    }

    fn hear(&mut self, text: &str) {
        let shared = Arc::clone(&self.shared);
        shared.change(|state| state.notebook.sent_through_gateway(text));
        if text.len() > MAX_PAYLOAD {
            return self.say(Out::Close(4002));
        }
        if self.flooded() {
            return self.say(Out::Close(4008));
        }
        let Ok(payload) = serde_json::from_str::<Value>(text) else {
            return self.say(Out::Close(4002));
        };
        let data = &payload["d"];
        shared.change(|state| match payload["op"].as_u64() {
            Some(1) => self.heartbeat(state, data),
            Some(2) => self.identify(state, data),
            Some(6) => self.resume(state, data),
            Some(3 | 4 | 8) if state.gateway.of_connection(self.number).is_some() => {}
            Some(3 | 4 | 8) => self.say(Out::Close(4003)),
            Some(_) | None => self.say(Out::Close(4001)),
        });
    }

    fn heartbeat(&mut self, state: &mut State, data: &Value) {
        self.last_heartbeat = Instant::now();
        state.gateway.heartbeats += 1;
        let known = state
            .gateway
            .of_connection(self.number)
            .map(|session| session.seq);
        if let (Some(known), Some(said)) = (known, data.as_u64())
            && said > known
        {
            return self.say(Out::Close(4007));
        }
        if state.gateway.script.acknowledge {
            self.send(11, &Value::Null);
        }
    }

    fn identify(&mut self, state: &mut State, data: &Value) {
        if state.gateway.of_connection(self.number).is_some() {
            return self.say(Out::Close(4005));
        }
        let now = state.world.now();
        let in_time = state.gateway.may_identify(now);
        let budget = self.shared.layout.identify_budget;
        if state.gateway.identified == budget + 1 {
            state
                .notebook
                .complain("gateway", format!("identified more than {budget} times"));
        }
        if let Some(answer) = state.gateway.script.next_identify.pop_front() {
            return self.say(answer);
        }
        if let Some(code) = Self::refuse_identify(state, data) {
            return self.say(Out::Close(code));
        }
        if !in_time {
            return self.say(super::script::invalid_session(false));
        }
        if state.gateway.exhausted() {
            state.world.token = None;
            state.gateway.broadcast(&Out::Close(4004));
            return;
        }
        self.compress = data["compress"].as_bool().unwrap_or_default();
        let session = format!("{:032x}", state.world.fresh_id());
        let shard = data.get("shard").filter(|shard| !shard.is_null());
        let ready = ready(&state.world, &session, &self.shared.origin(), shard);
        state
            .gateway
            .open(session.clone(), (self.number, self.outbox.clone()));
        if let Some(session) = state.gateway.session(&session) {
            session.dispatch("READY", &ready);
        }
        state.gateway.readies += 1;
        state.tell(Happening::Ready);
    }

    /// The close code for an IDENTIFY that cannot be.
    fn refuse_identify(state: &State, data: &Value) -> Option<u16> {
        if !data.is_object() || !data["properties"].is_object() {
            return Some(4002);
        }
        if !is_token(state, &data["token"]) {
            return Some(4004);
        }
        let Some(intents) = data["intents"]
            .as_u64()
            .filter(|bits| bits & !KNOWN_INTENTS == 0)
        else {
            return Some(4013);
        };
        if intents & PRIVILEGED_INTENTS & !state.world.privileged_intents != 0 {
            return Some(4014);
        }
        match data.get("shard").filter(|shard| !shard.is_null()) {
            None => None,
            Some(shard) => match (shard[0].as_u64(), shard[1].as_u64()) {
                (Some(this), Some(of)) if this < of => None,
                (_, _) => Some(4010),
            },
        }
    }

    fn resume(&mut self, state: &mut State, data: &Value) {
        state.gateway.resumed += 1;
        if let Some(answer) = state.gateway.script.next_resume.pop_front() {
            return self.say(answer);
        }
        if !is_token(state, &data["token"]) {
            return self.say(Out::Close(4004));
        }
        let said = data["seq"].as_u64().unwrap_or_default();
        let number = self.number;
        let connection = (number, self.outbox.clone());
        let session = data["session_id"]
            .as_str()
            .and_then(|id| state.gateway.session(id));
        let Some((session, missed)) = session.and_then(|session| {
            let missed = session.since(said)?;
            Some((session, missed))
        }) else {
            return self.say(super::script::invalid_session(false));
        };
        if said > session.seq {
            return self.say(Out::Close(4007));
        }
        session.connection = Some(connection);
        for payload in missed {
            self.say(Out::Payload(payload));
        }
        session.dispatch("RESUMED", &json!({"_trace": ["[\"stand-in\"]"]}));
        if let Some(code) = state.gateway.script.close_after_resume {
            self.say(Out::Close(code));
        }
    }
}

/// The token, with or without the prefix that some clients leave on it.
fn is_token(state: &State, given: &Value) -> bool {
    let given = given
        .as_str()
        .map(|token| token.strip_prefix("Bot ").unwrap_or(token));
    given.is_some() && given == state.world.token.as_deref()
}
