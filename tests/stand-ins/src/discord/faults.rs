//! Things that go wrong on purpose, addressed by route: `POST /channels/{}/messages`.
//! `*` means every route.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    journal::Call,
    shared::{CEILING, Shared},
    wire::{Payload, Reply},
};

/// Every route that a fault can be set at.
pub fn routes() -> impl Iterator<Item = String> {
    super::wire::route_keys()
}

/// The calls that a fault meets.
type Condition = Box<dyn Fn(&Call) -> bool + Send + Sync>;

/// A refusal in the place of Discord's answer.
#[derive(Clone, Debug)]
pub struct Refusal(Reply);

impl Refusal {
    /// Discord's JSON error.
    pub fn code(status: u16, code: u32, message: &str) -> Self {
        Self(Reply::json(
            status,
            json!({"message": message, "code": code}),
        ))
    }

    /// Any status with any body; 200 with a foreign body is a wrong answer.
    pub fn body(status: u16, body: Value) -> Self {
        Self(Reply::json(status, body))
    }

    /// An outage: the status and a page of HTML.
    pub fn html(status: u16) -> Self {
        let page = format!("<html><head><title>{status}</title></head><body>nginx</body></html>");
        Self(Reply::new(status, Payload::Html(page)))
    }

    /// 429 of this bucket (`user`) or of the resource (`shared`).
    pub fn rate_limited(scope: &'static str, seconds: f64) -> Self {
        let body = json!({
            "message": "You are being rate limited.",
            "retry_after": seconds,
            "global": scope == "global",
        });
        let reply = Reply::json(429, body)
            .with("retry-after", &seconds.ceil().to_string())
            .with("x-ratelimit-scope", scope);
        if scope == "global" {
            return Self(reply.with("x-ratelimit-global", "true"));
        }
        Self(
            reply
                .with("x-ratelimit-limit", "5")
                .with("x-ratelimit-remaining", "0")
                .with("x-ratelimit-reset-after", &format!("{seconds:.3}"))
                .with("x-ratelimit-bucket", "deadbeef"),
        )
    }

    /// 429 from Cloudflare: HTML, and no header but `Retry-After`.
    pub fn cloudflare(seconds: u32) -> Self {
        let page = "<html><head><title>Access denied | discord.com used Cloudflare</title></head>\
            <body>error code: 1015</body></html>";
        let reply = Reply::new(429, Payload::Html(page.into()));
        Self(reply.with("retry-after", &seconds.to_string()))
    }
}

enum Action {
    Refuse(Refusal),
    Hang,
    Reset,
    DropReply,
    Garble(String),
    Hold(Gate),
    HoldReply(Gate),
}

struct Fault {
    number: usize,
    route: String,
    condition: Option<Condition>,
    skip: usize,
    left: Option<usize>,
    hits: usize,
    action: Action,
}

/// The fate of a call.
pub(crate) enum Met {
    Nothing,
    Refuse(Reply),
    Hang,
    Reset,
    /// The effect happens, the reply is lost.
    Swallow,
    /// The effect happens, the reply is unreadable.
    Garble(String),
    Before(Gate),
    After(Gate),
}

#[derive(Default)]
pub(crate) struct Faults {
    faults: Vec<Fault>,
    next: usize,
}

impl Faults {
    /// Finds the fault for a call and uses it up once.
    pub(crate) fn meet(&mut self, call: &Call) -> Met {
        let fits = |fault: &Fault| {
            (fault.route == "*" || fault.route == call.route)
                && fault.left != Some(0)
                && fault.condition.as_ref().is_none_or(|fits| fits(call))
        };
        for fault in self.faults.iter_mut().filter(|fault| fits(fault)) {
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            fault.left = fault.left.map(|left| left - 1);
            fault.hits += 1;
            return match &fault.action {
                Action::Refuse(refusal) => Met::Refuse(refusal.0.clone()),
                Action::Hang => Met::Hang,
                Action::Reset => Met::Reset,
                Action::DropReply => Met::Swallow,
                Action::Garble(text) => Met::Garble(text.clone()),
                Action::Hold(gate) => Met::Before(gate.clone()),
                Action::HoldReply(gate) => Met::After(gate.clone()),
            };
        }
        Met::Nothing
    }

    fn get(&self, number: usize) -> Option<&Fault> {
        self.faults.iter().find(|fault| fault.number == number)
    }
}

/// A fault being described; ends with what shall go wrong.
#[must_use = "a fault is only set by its last word: refuse, hang, reset, …"]
pub struct FaultAt {
    shared: Arc<Shared>,
    route: String,
    condition: Option<Condition>,
    skip: usize,
    left: Option<usize>,
}

impl FaultAt {
    pub(crate) fn new(shared: Arc<Shared>, route: &str) -> Self {
        let known = route == "*" || routes().any(|key| key == route);
        assert!(
            known,
            "no route {route:?}; write it like `POST /channels/{{}}/messages`"
        );
        Self {
            shared,
            route: route.into(),
            condition: None,
            skip: 0,
            left: Some(1),
        }
    }

    /// Only the next fitting call (the default).
    pub fn once(self) -> Self {
        self.times(1)
    }

    pub fn times(mut self, times: usize) -> Self {
        self.left = Some(times);
        self
    }

    pub fn always(mut self) -> Self {
        self.left = None;
        self
    }

    /// Lets this many fitting calls pass first.
    pub fn after(mut self, calls: usize) -> Self {
        self.skip = calls;
        self
    }

    /// Only calls that fit.
    pub fn when(mut self, fits: impl Fn(&Call) -> bool + Send + Sync + 'static) -> Self {
        self.condition = Some(Box::new(fits));
        self
    }

    /// Only calls about this channel.
    pub fn in_channel(self, channel: u64) -> Self {
        let start = format!("/channels/{channel}");
        self.when(move |call| call.path == start || call.path.starts_with(&format!("{start}/")))
    }

    /// Only calls about direct messages: the letters.
    pub fn in_dms(self) -> Self {
        self.when(|call| call.path.starts_with("/channels/5"))
    }

    /// Discord answers like this and does nothing.
    pub fn refuse(self, refusal: Refusal) -> FaultHandle {
        self.set(Action::Refuse(refusal))
    }

    /// No answer and no effect, for ever.
    pub fn hang(self) -> FaultHandle {
        self.set(Action::Hang)
    }

    /// The connection is reset before any effect.
    pub fn reset(self) -> FaultHandle {
        self.set(Action::Reset)
    }

    /// The effect happens, then the connection is reset.
    pub fn drop_reply(self) -> FaultHandle {
        self.set(Action::DropReply)
    }

    /// The effect happens, the answer is not JSON.
    pub fn garble(self) -> FaultHandle {
        self.set(Action::Garble("{\"id\": \"12".into()))
    }

    /// The effect happens, the answer is this text under a JSON content type.
    pub fn garble_with(self, text: &str) -> FaultHandle {
        self.set(Action::Garble(text.into()))
    }

    /// The call waits, without effect, until released.
    pub fn hold(self) -> Held {
        let gate = Gate::default();
        let _ = self.set(Action::Hold(gate.clone()));
        Held(gate)
    }

    /// The effect happens; the answer waits until released.
    pub fn hold_reply(self) -> Held {
        let gate = Gate::default();
        let _ = self.set(Action::HoldReply(gate.clone()));
        Held(gate)
    }

    fn set(self, action: Action) -> FaultHandle {
        let Self {
            shared,
            route,
            condition,
            skip,
            left,
        } = self;
        let number = shared.change(|state| {
            let number = state.faults.next;
            state.faults.next += 1;
            let fault = Fault {
                number,
                route,
                condition,
                skip,
                left,
                hits: 0,
                action,
            };
            state.faults.faults.push(fault);
            number
        });
        FaultHandle { shared, number }
    }
}

/// A fault that was set; it stays when this is dropped.
pub struct FaultHandle {
    shared: Arc<Shared>,
    number: usize,
}

impl FaultHandle {
    /// The number of calls that met it so far.
    pub fn hits(&self) -> usize {
        self.shared
            .read(|state| state.faults.get(self.number).map_or(0, |fault| fault.hits))
    }

    /// Waits until this many calls met it.
    pub async fn hit(&self, times: usize) {
        let look = |state: &super::shared::State| {
            state
                .faults
                .get(self.number)
                .filter(|fault| fault.hits >= times)
                .map(drop)
        };
        self.shared
            .find("a fault to be met", look)
            .await
            .expect("the fault was never met");
    }

    /// Ends the trouble.
    pub fn clear(&self) {
        let others = |fault: &Fault| fault.number != self.number;
        self.shared
            .change(|state| state.faults.faults.retain(others));
    }
}

/// The state of a gate.
#[derive(Clone, Copy, Default)]
struct Passage {
    arrived: usize,
    abandoned: usize,
    open: bool,
}

/// The gate at which a held call waits.
#[derive(Clone)]
pub(crate) struct Gate(Arc<watch::Sender<Passage>>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Passage::default())))
    }
}

impl Gate {
    pub(crate) async fn pass(&self) {
        self.0.send_modify(|passage| passage.arrived += 1);
        let waiting = Waiting(self);
        let mut watch = self.0.subscribe();
        drop(watch.wait_for(|passage| passage.open).await);
        std::mem::forget(waiting);
    }
}

/// Dropped when the caller hangs up before the gate opens.
struct Waiting<'a>(&'a Gate);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|passage| passage.abandoned += 1);
    }
}

/// Calls that wait in Discord's hallway.
pub struct Held(Gate);

impl Held {
    /// Waits until a call is being held.
    pub async fn arrived(&self) {
        self.until("a call to hold", |passage| passage.arrived > 0)
            .await;
    }

    /// Waits until a held call's connection is gone: its caller died. Without
    /// [`Held::release`] before, the call never had its effect.
    pub async fn abandoned(&self) {
        self.until("a held call to be abandoned", |passage| {
            passage.abandoned > 0
        })
        .await;
    }

    async fn until(&self, what: &str, reached: impl Fn(&Passage) -> bool) {
        let mut watch = self.0.0.subscribe();
        let waiting = watch.wait_for(|passage| reached(passage));
        let result = tokio::time::timeout(CEILING, waiting).await;
        assert!(result.is_ok(), "waited in vain for {what}");
    }

    /// The number of calls that came here.
    pub fn count(&self) -> usize {
        self.0.0.borrow().arrived
    }

    /// Lets them, and all that come, through.
    pub fn release(&self) {
        self.0.0.send_modify(|passage| passage.open = true);
    }
}
