//! Faults, call by call.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::wire::Reply;

/// A fate for a call other than the usual.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Another answer, and nothing done.
    Answer(Canned),
    /// It is done, and another answer is given.
    ApplyThenAnswer(Canned),
    /// Nothing is done and no answer comes, ever.
    Hang,
    /// It is done, but no answer comes, ever.
    ApplyThenHang,
    /// The connection breaks before anything is done.
    DropBefore,
    /// It is done, and the connection breaks before the answer.
    ApplyThenDrop,
    /// It is done and answered, in a content type that does not fit.
    WrongContentType,
    /// It is done and answered, but the answer stops half-way.
    BrokenJson,
}

/// An answer of a test's own making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canned {
    pub status: u16,
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Fault {
    /// A refusal with this status in Headscale's older manner.
    pub fn refuse(status: u16, message: &str) -> Self {
        let body = serde_json::json!({ "code": 2, "message": message, "details": [] });
        Self::Answer(Canned::new(status, "application/json", &body.to_string()))
    }

    /// A proxy's answer while Headscale is away.
    pub fn html(status: u16) -> Self {
        let page = format!("<html><head><title>{status}</title></head><body>nginx</body></html>");
        Self::Answer(Canned::new(status, "text/html", &page))
    }

    /// A proxy's answer to too many requests.
    pub fn rate_limited(seconds: u32) -> Self {
        let mut answer = Canned::new(429, "text/plain", "Too Many Requests");
        answer.headers.push(("retry-after", seconds.to_string()));
        Self::Answer(answer)
    }

    /// A redirect, which would carry the API key along if it were followed.
    pub fn redirect(to: &str) -> Self {
        let mut answer = Canned::new(302, "text/html", "");
        answer.headers.push(("location", to.to_owned()));
        Self::Answer(answer)
    }
}

impl Canned {
    pub fn new(status: u16, content_type: &'static str, body: &str) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body: body.to_owned(),
        }
    }
}

impl From<Canned> for Reply {
    fn from(canned: Canned) -> Self {
        let mut reply = Reply::of_type(canned.status, canned.content_type, &canned.body);
        reply.headers = canned.headers;
        reply
    }
}

/// When a held call stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nothing is done yet.
    Before,
    /// It is done, and the answer waits.
    After,
}

/// A call that stands still until it is let go. Dropping it lets go, too.
#[derive(Debug)]
pub struct Hold {
    gate: Arc<Gate>,
}

impl Hold {
    /// Waits until the call has come.
    ///
    /// # Panics
    /// Never: the hold keeps its gate.
    pub async fn arrived(&self) {
        let mut arrived = self.gate.arrived.subscribe();
        arrived
            .wait_for(|arrived| *arrived)
            .await
            .expect("the gate is held by us");
    }

    pub fn release(self) {}
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.gate.open.send_replace(true);
    }
}

#[derive(Debug)]
pub(super) struct Gate {
    arrived: watch::Sender<bool>,
    open: watch::Sender<bool>,
}

impl Gate {
    pub(super) async fn pass(&self) {
        self.arrived.send_replace(true);
        let mut open = self.open.subscribe();
        open.wait_for(|open| *open)
            .await
            .expect("the gate is held by us");
    }
}

/// The plan for one call.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    Fault(Fault),
    Hold(When, Arc<Gate>),
    /// Nothing is done yet, and it is done in the end even if nobody waits for the answer any more.
    Late(Arc<Gate>),
}

#[derive(Debug)]
struct Order {
    method: String,
    path: Vec<String>,
    times: Option<u32>,
    plan: Plan,
}

/// Orders in the order they were given; a call takes the first that fits it.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Vec<Order>>);

impl Faults {
    /// `times` is how many calls it is for; `None` is all of them.
    pub(super) fn order(&self, method: &str, path: &str, times: Option<u32>, plan: Plan) {
        self.orders().push(Order {
            method: method.to_owned(),
            path: path
                .trim_matches('/')
                .split('/')
                .map(str::to_owned)
                .collect(),
            times,
            plan,
        });
    }

    pub(super) fn hold(
        &self,
        method: &str,
        path: &str,
        plan: impl FnOnce(Arc<Gate>) -> Plan,
    ) -> Hold {
        let gate = Arc::new(Gate {
            arrived: watch::Sender::new(false),
            open: watch::Sender::new(false),
        });
        self.order(method, path, Some(1), plan(Arc::clone(&gate)));
        Hold { gate }
    }

    pub(super) fn clear(&self) {
        self.orders().clear();
    }

    /// The orders that no call has taken yet.
    pub(super) fn waiting(&self) -> usize {
        self.orders()
            .iter()
            .filter(|order| order.times.is_some())
            .count()
    }

    pub(super) fn take(&self, method: &str, path: &[String]) -> Option<Plan> {
        let mut orders = self.orders();
        let position = orders.iter().position(|order| order.fits(method, path))?;
        let order = &mut orders[position];
        let plan = order.plan.clone();
        if let Some(times) = &mut order.times {
            *times -= 1;
            if *times == 0 {
                orders.remove(position);
            }
        }
        Some(plan)
    }

    fn orders(&self) -> std::sync::MutexGuard<'_, Vec<Order>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Order {
    /// `*` stands for any method or any one part of a path, `**` at the end for the rest of it.
    fn fits(&self, method: &str, path: &[String]) -> bool {
        let open = self.path.last().is_some_and(|last| last == "**");
        let parts = self.path.len() - usize::from(open);
        let long_enough = if open {
            path.len() >= parts
        } else {
            path.len() == parts
        };
        (self.method == "*" || self.method == method)
            && long_enough
            && self
                .path
                .iter()
                .zip(path)
                .take(parts)
                .all(|(part, given)| part == "*" || part == given)
    }
}
