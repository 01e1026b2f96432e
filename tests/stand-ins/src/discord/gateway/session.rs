//! Sessions: numbered events, kept for those who resume.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::script::Script;
use crate::discord::model::Id;

/// Session starts a bot has in a day.
const STARTS_PER_DAY: u32 = 1000;
/// Events kept for a resume.
const KEPT: usize = 512;
/// Sessions that nobody came back for are forgotten beyond this number.
const DETACHED: usize = 16;

/// A frame to send.
#[derive(Clone, Debug)]
pub(crate) enum Out {
    Payload(String),
    Close(u16),
    /// The connection is reset.
    Cut,
}

pub(crate) type Outbox = mpsc::UnboundedSender<Out>;

pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) seq: u64,
    log: VecDeque<(u64, String)>,
    pub(crate) connection: Option<(u64, Outbox)>,
}

#[derive(Default)]
pub(crate) struct Gateway {
    pub(crate) sessions: Vec<Session>,
    /// Connections with or without a session.
    pub(crate) connections: Vec<(u64, Outbox)>,
    pub(crate) script: Script,
    identifies: Vec<Timestamp>,
    pub(crate) identified: usize,
    pub(crate) resumed: usize,
    pub(crate) readies: usize,
    pub(crate) connected: u64,
    pub(crate) heartbeats: u64,
    /// Connections to the address READY names for resuming.
    pub(crate) resume_addresses: usize,
    /// A number pretended in `GET /gateway/bot`.
    pub(crate) remaining: Option<u32>,
}

impl Gateway {
    /// The object of `GET /gateway/bot`.
    pub(crate) fn session_starts(&self) -> Value {
        let used = u32::try_from(self.identifies.len()).unwrap_or(u32::MAX);
        let remaining = self
            .remaining
            .unwrap_or(STARTS_PER_DAY.saturating_sub(used));
        json!({
            "total": STARTS_PER_DAY,
            "remaining": remaining,
            "reset_after": 14_400_000,
            "max_concurrency": 1,
        })
    }

    /// Counts an IDENTIFY; `false` when it came too soon after another.
    pub(crate) fn may_identify(&mut self, now: Timestamp) -> bool {
        self.identified += 1;
        let spacing = self.script.identify_spacing;
        let recent = self
            .identifies
            .last()
            .is_some_and(|last| now.duration_since(*last) < spacing);
        if recent {
            return false;
        }
        let day = SignedDuration::from_hours(24);
        self.identifies.retain(|at| now.duration_since(*at) < day);
        self.identifies.push(now);
        true
    }

    /// A thousand starts in a day cost the token.
    pub(crate) fn exhausted(&self) -> bool {
        self.identifies.len() > STARTS_PER_DAY as usize
    }

    pub(crate) fn open(&mut self, id: String, connection: (u64, Outbox)) {
        let detached = self
            .sessions
            .iter()
            .filter(|s| s.connection.is_none())
            .count();
        if detached >= DETACHED
            && let Some(oldest) = self.sessions.iter().position(|s| s.connection.is_none())
        {
            self.sessions.remove(oldest);
        }
        let log = VecDeque::new();
        self.sessions.push(Session {
            id,
            seq: 0,
            log,
            connection: Some(connection),
        });
    }

    pub(crate) fn session(&mut self, id: &str) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.id == id)
    }

    pub(crate) fn of_connection(&mut self, connection: u64) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| {
            session
                .connection
                .as_ref()
                .is_some_and(|(n, _)| *n == connection)
        })
    }

    pub(crate) fn is_online(&self) -> bool {
        self.sessions
            .iter()
            .any(|session| session.connection.is_some())
    }

    /// An event for every session; sessions are not exclusive.
    pub(crate) fn dispatch(&mut self, name: &str, data: &Value) {
        for session in &mut self.sessions {
            session.dispatch(name, data);
        }
    }

    /// The connection is gone; its session waits, or ends with it.
    pub(crate) fn lost(&mut self, connection: u64, session_ends: bool) {
        self.connections.retain(|(number, _)| *number != connection);
        if session_ends {
            let held = |s: &Session| s.connection.as_ref().is_some_and(|(n, _)| *n == connection);
            self.sessions.retain(|session| !held(session));
        } else if let Some(session) = self.of_connection(connection) {
            session.connection = None;
        }
    }

    pub(crate) fn broadcast(&self, out: &Out) {
        for (_, outbox) in &self.connections {
            drop(outbox.send(out.clone()));
        }
    }

    pub(crate) fn describe(&self) -> String {
        format!(
            "{} sessions, {} connected, {} identified, {} resumed",
            self.sessions.len(),
            self.connections.len(),
            self.identified,
            self.resumed,
        )
    }
}

impl Session {
    /// Numbers an event, keeps it for a resume, and sends it if someone listens.
    pub(crate) fn dispatch(&mut self, name: &str, data: &Value) {
        self.seq += 1;
        let payload = json!({"op": 0, "s": self.seq, "t": name, "d": data}).to_string();
        if let Some((_, outbox)) = &self.connection {
            drop(outbox.send(Out::Payload(payload.clone())));
        }
        self.log.push_back((self.seq, payload));
        if self.log.len() > KEPT {
            self.log.pop_front();
        }
    }

    /// Everything after this number, if it is still kept.
    pub(crate) fn since(&self, seq: u64) -> Option<Vec<String>> {
        let first = self.log.front().map_or(self.seq + 1, |(first, _)| *first);
        if seq + 1 < first {
            return None;
        }
        let missed = self.log.iter().filter(|(number, _)| *number > seq);
        Some(missed.map(|(_, payload)| payload.clone()).collect())
    }
}

/// The READY of a fresh session.
pub(crate) fn ready(
    world: &crate::discord::model::World,
    session: &str,
    origin: &str,
    shard: Option<&Value>,
) -> Value {
    let in_it = |id: &&Id| world.guilds[*id].members.contains_key(&world.bot);
    let guilds = world.guilds.keys().filter(in_it);
    let guilds: Vec<_> = guilds
        .map(|id| json!({"id": id.to_string(), "unavailable": true}))
        .collect();
    let mut ready = json!({
        "v": 10,
        "user": world.users.get(&world.bot).map(|bot| {
            let mut bot = bot.to_json();
            bot["verified"] = json!(true);
            bot["mfa_enabled"] = json!(true);
            bot["email"] = Value::Null;
            bot
        }),
        "guilds": guilds,
        "session_id": session,
        // Another path than the first address: shows who uses it.
        "resume_gateway_url": format!("{}/resume", origin.replacen("http", "ws", 1)),
        "application": {"id": world.application.to_string(), "flags": world.privileged_intents},
        "session_type": "normal", "private_channels": [], "relationships": [], "presences": [],
        "guild_join_requests": [], "user_settings": {}, "geo_ordered_rtc_regions": ["rotterdam"],
        "_trace": ["[\"gateway-stand-in\",{\"micros\":1}]"],
    });
    if let Some(shard) = shard {
        ready["shard"] = shard.clone();
    }
    ready
}
