//! The bot's records, read from its own file while it runs.

use headscale_usher::store::entity::{device_request, request_event};
use sea_orm::{ConnectOptions, Database, EntityTrait, QueryOrder};
use stage::Stage;

/// Everything at one moment, but for when the worker looks again: that follows from the rest and from what is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) requests: Vec<device_request::Model>,
    pub(crate) audit: Vec<request_event::Model>,
}

impl Ledger {
    pub(crate) async fn of(stage: &Stage) -> Self {
        let url = format!("sqlite://{}?mode=ro", stage.database().display());
        let mut options = ConnectOptions::new(url);
        options.max_connections(1);
        let db = Database::connect(options).await.expect("the file opens");
        let requests = device_request::Entity::find()
            .order_by_asc(device_request::Column::Id)
            .all(&db)
            .await;
        let audit = request_event::Entity::find()
            .order_by_asc(request_event::Column::Id)
            .all(&db)
            .await;
        db.close().await.expect("the file closes");
        let mut requests = requests.expect("requests can be read");
        for request in &mut requests {
            request.due_at = None;
            let mut facts: serde_json::Value =
                serde_json::from_str(&request.facts).expect("facts are JSON");
            facts["backoff"]["retry_at"] = serde_json::Value::Null;
            request.facts = facts.to_string();
            (request.card, request.letter, request.notice) = (None, None, None);
        }
        Self {
            requests,
            audit: audit.expect("the audit log can be read"),
        }
    }

    /// The lines that name this person, as `event: detail`.
    pub(crate) fn lines_of(&self, member: u64) -> Vec<String> {
        let theirs = self
            .audit
            .iter()
            .filter(|line| line.actor_id == Some(member.cast_signed()));
        theirs
            .map(|line| format!("{}: {}", line.event, line.detail.as_deref().unwrap_or("-")))
            .collect()
    }
}
