//! *Get my key*: may this person collect it, here and now? Makes nothing yet, so the click can be answered at once.

use crate::command::{Click, Reply};
use crate::domain::{DeviceRequest, ProjectionKind, Refusal};
use crate::store;

use super::Commands;
use super::outcome::ClickOutcome;

impl Commands {
    /// A granted claim costs a key in Headscale, so it counts against the person like a refusal.
    pub(super) async fn permit_claim(&self, click: &Click) -> Result<Reply, ClickOutcome> {
        let request = self.own_request(click).await?;
        if !is_reachable_from(click, &request) {
            return Err(Refusal::StaleLetter.into());
        }
        self.adopt_notice(click, &request).await?;
        let now = self.ledger.clock.now();
        request.is_claimable(now)?;
        self.throttle.spend(click.asker.person.id, now)?;
        Ok(Reply::Claiming(request.id, click.asker.clone()))
    }

    /// A notice can be posted without its place being recorded, if the bot dies in between. Whoever presses its button
    /// shows where it is, and from then on it is kept current.
    async fn adopt_notice(
        &self,
        click: &Click,
        request: &DeviceRequest,
    ) -> Result<(), store::Error> {
        if !is_unknown_notice(click, request) {
            return Ok(());
        }
        let mut notice = request.notice.clone();
        notice.place = click.on;
        notice.shown = 0;
        let store = &self.ledger.store;
        store
            .shown(request.id, ProjectionKind::Notice, &notice)
            .await?;
        self.ledger.work.notify_one();
        Ok(())
    }
}

fn is_unknown_notice(click: &Click, request: &DeviceRequest) -> bool {
    let is_letter = request.letter.place == click.on;
    request.notice.place.is_none() && !click.privately && !is_letter
}

/// The letter, the notice, or a private answer. The last has no recorded place, but is where the requester asked.
fn is_reachable_from(click: &Click, request: &DeviceRequest) -> bool {
    click.on.is_some_and(|on| {
        request.letter.place == Some(on)
            || request.notice.place == Some(on)
            || (click.asker.guild.is_some() && on.channel == request.asked_in)
    })
}

#[cfg(test)]
#[path = "../../../tests/rooms/workflow/claim.rs"]
mod tests;
