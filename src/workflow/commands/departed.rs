//! The approvers answer the question about a member who left.

use crate::command::{DepartureClick, Reply};
use crate::domain::{Choice, DepartureEvent, Refusal};

use super::Commands;
use super::outcome::ClickOutcome;

impl Commands {
    pub(super) async fn decide_departure(
        &self,
        click: &DepartureClick,
    ) -> Result<Reply, ClickOutcome> {
        let departure = self.on_departure_card(click).await?;
        let (ledger, by) = (&self.ledger, click.asker.person.clone());
        let event = match click.choice {
            Choice::Keep => DepartureEvent::Kept { by },
            Choice::ExpireAll => {
                let left = ledger.store.held().of(departure.person.id).await?;
                let devices = left.iter().map(|request| request.id).collect();
                DepartureEvent::ExpireAsked { by, devices }
            }
        };
        let (by, now) = (&click.asker.person, ledger.clock.now());
        let recorded = ledger.record_departure(&departure, event, Some(by), now);
        if recorded.await? {
            return Ok(Reply::Seen);
        }
        let today = ledger.store.departure(departure.id).await?;
        let today = today.ok_or(Refusal::UnknownRequest)?;
        Ok(if today.was_answered(click.choice, by) {
            Reply::Seen
        } else {
            Reply::DepartureDecided(Box::new(today))
        })
    }
}
