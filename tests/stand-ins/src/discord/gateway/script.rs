//! The gateway's faults and counters.

use std::{collections::VecDeque, sync::Arc};

use jiff::SignedDuration;
use serde_json::json;

use super::session::Out;
use crate::discord::shared::{Shared, State};

/// The gateway's behaviour.
#[expect(clippy::struct_excessive_bools, reason = "each is a lever of its own")]
pub(crate) struct Script {
    pub(crate) heartbeat_ms: u64,
    pub(crate) identify_spacing: SignedDuration,
    pub(crate) admit: bool,
    pub(crate) greet: bool,
    pub(crate) acknowledge: bool,
    pub(crate) compress: bool,
    pub(crate) close_after_resume: Option<u16>,
    /// Answers to the next IDENTIFY or RESUME, in turn.
    pub(crate) next_identify: VecDeque<Out>,
    pub(crate) next_resume: VecDeque<Out>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            heartbeat_ms: 41_250,
            identify_spacing: SignedDuration::ZERO,
            admit: true,
            greet: true,
            acknowledge: true,
            compress: true,
            close_after_resume: None,
            next_identify: VecDeque::new(),
            next_resume: VecDeque::new(),
        }
    }
}

/// Op 9.
pub(crate) fn invalid_session(resumable: bool) -> Out {
    Out::Payload(json!({"op": 9, "d": resumable, "s": null, "t": null}).to_string())
}

/// The gateway's levers, in the hands of a test.
pub struct GatewayControl(pub(crate) Arc<Shared>);

impl GatewayControl {
    fn set(&self, act: impl FnOnce(&mut Script)) {
        self.0.change(|state| act(&mut state.gateway.script));
    }

    fn send(&self, out: &Out) {
        self.0.change(|state| state.gateway.broadcast(out));
    }

    /// Op 7: please reconnect.
    pub fn ask_reconnect(&self) {
        self.send(&Out::Payload(
            json!({"op": 7, "d": null, "s": null, "t": null}).to_string(),
        ));
    }

    /// Op 1: heartbeat now.
    pub fn ask_heartbeat(&self) {
        self.send(&Out::Payload(
            json!({"op": 1, "d": null, "s": null, "t": null}).to_string(),
        ));
    }

    /// Op 9 to every connection; `false` also ends the sessions.
    pub fn invalidate(&self, resumable: bool) {
        self.0.change(|state| {
            state.gateway.broadcast(&invalid_session(resumable));
            if !resumable {
                state.gateway.sessions.clear();
            }
        });
    }

    /// Op 9 as the answer to the next IDENTIFY.
    pub fn refuse_next_identify(&self, resumable: bool) {
        self.set(|script| script.next_identify.push_back(invalid_session(resumable)));
    }

    /// Closes every connection with this code; 4007 and 4009 end the sessions.
    pub fn close(&self, code: u16) {
        self.0.change(|state| {
            state.gateway.broadcast(&Out::Close(code));
            if matches!(code, 4004 | 4007 | 4009..=4014) {
                state.gateway.sessions.clear();
            }
        });
    }

    /// The next IDENTIFY is answered with this close code.
    pub fn close_next_identify(&self, code: u16) {
        self.set(|script| script.next_identify.push_back(Out::Close(code)));
    }

    /// The next RESUME is answered with this close code.
    pub fn close_next_resume(&self, code: u16) {
        self.set(|script| script.next_resume.push_back(Out::Close(code)));
    }

    /// The next RESUME is answered with op 9.
    pub fn refuse_next_resume(&self, resumable: bool) {
        self.set(|script| script.next_resume.push_back(invalid_session(resumable)));
    }

    /// Every RESUME succeeds and is followed by this close code; `None` ends it.
    pub fn close_after_resume(&self, code: Option<u16>) {
        self.set(|script| script.close_after_resume = code);
    }

    /// Resets every connection.
    pub fn cut(&self) {
        self.send(&Out::Cut);
    }

    /// Lets new connections in, or answers 503.
    pub fn admit(&self, admit: bool) {
        self.set(|script| script.admit = admit);
    }

    /// Greets new connections with HELLO, or leaves them waiting.
    pub fn greet(&self, greet: bool) {
        self.set(|script| script.greet = greet);
    }

    /// Acknowledges heartbeats, or stays silent.
    pub fn acknowledge(&self, acknowledge: bool) {
        self.set(|script| script.acknowledge = acknowledge);
    }

    /// The interval HELLO announces from now on.
    pub fn heartbeat_every(&self, interval: std::time::Duration) {
        let interval = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
        self.set(|script| script.heartbeat_ms = interval);
    }

    /// Compresses payloads for those who ask, or for nobody.
    pub fn compress(&self, compress: bool) {
        self.set(|script| script.compress = compress);
    }

    /// The five-second rule between two IDENTIFY; off at first, so a test may
    /// restart the bot.
    pub fn identify_spacing(&self, spacing: std::time::Duration) {
        let spacing = spacing.try_into().unwrap_or(SignedDuration::MAX);
        self.set(|script| script.identify_spacing = spacing);
    }

    /// The remaining session starts in `GET /gateway/bot`.
    pub fn starts_remaining(&self, remaining: u32) {
        self.0
            .change(|state| state.gateway.remaining = Some(remaining));
    }

    /// The number of IDENTIFY that came in.
    pub fn identifies(&self) -> usize {
        self.0.read(|state| state.gateway.identified)
    }

    /// The number of RESUME that came in.
    pub fn resumes(&self) -> usize {
        self.0.read(|state| state.gateway.resumed)
    }

    /// The number of READY that were sent.
    pub fn readies(&self) -> usize {
        self.0.read(|state| state.gateway.readies)
    }

    pub fn heartbeats(&self) -> u64 {
        self.0.read(|state| state.gateway.heartbeats)
    }

    /// The number of connections that used the address for resuming.
    pub fn resume_address_uses(&self) -> usize {
        self.0.read(|state| state.gateway.resume_addresses)
    }

    /// True if a session is connected.
    pub fn is_online(&self) -> bool {
        self.0.read(|state| state.gateway.is_online())
    }

    /// Waits until the gateway has said READY this many times in all.
    pub async fn ready_times(&self, times: usize) {
        let look = |state: &State| (state.gateway.readies >= times).then_some(());
        self.0
            .find("READY", look)
            .await
            .expect("the bot did not identify");
    }

    /// Waits until this many RESUME came in.
    pub async fn resumed_times(&self, times: usize) {
        let look = |state: &State| (state.gateway.resumed >= times).then_some(());
        self.0
            .find("RESUME", look)
            .await
            .expect("the bot did not resume");
    }

    /// Waits until no connection is left.
    pub async fn offline(&self) {
        let look = |state: &State| state.gateway.connections.is_empty().then_some(());
        self.0
            .find("the bot to disconnect", look)
            .await
            .expect("the bot stayed connected");
    }
}
