//! Checks that members who hold live keys or joined devices are still in the server. Needs no privileged intent: one
//! question to Discord per person, slowly and evenly. Only Discord's own "unknown member" counts, twice, an hour apart;
//! an error or an outage changes nothing.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::domain::{
    Departure, DepartureEvent, DepartureState, MemberId, OnMemberLeft, Person, RequestId,
};
use crate::store;
use crate::workflow::step_error::StepError;

use super::MemberPatrol;

const DAY: Duration = Duration::from_hours(24);

/// However many people there are to check, Discord is asked no more often than this.
const SHORTEST_PAUSE: Duration = Duration::from_secs(5);

/// More things than this are not counted to find out how many people there are: they are too many for longer pauses.
const COUNTED: u64 = 1000;

impl MemberPatrol {
    /// Runs until stopped.
    pub(super) async fn check_members(&self, stop: &CancellationToken) {
        if self.rules.requests.on_member_left == OnMemberLeft::Nothing {
            return;
        }
        let clock = &self.ledger.clock;
        let mut last = None;
        let mut next = clock.now();
        loop {
            tokio::select! {
                () = clock.sleep_until(next) => {}
                () = stop.cancelled() => return,
            }
            // The pause counts from the question, so a slow answer delays nobody else.
            let asked_at = clock.now();
            let pause = self.check_next(&mut last, asked_at).await;
            next = asked_at.checked_add(pause).unwrap_or(Timestamp::MAX);
        }
    }

    /// Checks one person. Returns how long to wait before the next.
    async fn check_next(&self, last: &mut Option<MemberId>, asked_at: Timestamp) -> Duration {
        let (holders, next) = match self.next(*last).await {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "nobody knows whom to look for");
                return self.rules.retries.longest;
            }
        };
        if let Some(person) = next {
            *last = Some(person.id);
            if let Err(trouble) = self.check(&person, holders, asked_at).await {
                tracing::warn!(member = person.id.0, %trouble, "whether a member is still there is not known");
            }
        }
        pause(holders, self.rules.requests.member_check_interval)
    }

    /// How many there are to check, and who comes next in the order of their ids, round and round. Starts with anybody,
    /// so restarts do not always favour the same people.
    async fn next(&self, last: Option<MemberId>) -> Result<(usize, Option<Person>), store::Error> {
        let held = self.ledger.store.held();
        let holders = held.count_holders(COUNTED).await?;
        let skip = match last {
            Some(_) => 0,
            None => rand::random_range(0..holders.max(1)),
        };
        let start = last.unwrap_or(MemberId(0));
        let next = match held.next_holder(start, skip as u64).await? {
            None => held.next_holder(MemberId(0), 0).await?,
            found => found,
        };
        Ok((holders, next))
    }

    async fn check(
        &self,
        person: &Person,
        holders: usize,
        asked_at: Timestamp,
    ) -> Result<(), StepError> {
        let is_there = self.messages.roles_of(person.id).await?.is_some();
        let last = self.ledger.store.last_departure(person.id).await?;
        if is_there {
            self.seen(last, asked_at).await?;
        } else {
            self.missing(person, last, holders, asked_at).await?;
        }
        Ok(())
    }

    async fn seen(&self, last: Option<Departure>, at: Timestamp) -> Result<(), store::Error> {
        let Some(last) = last else { return Ok(()) };
        if last.state == DepartureState::Missed {
            tracing::info!(member = last.person.id.0, "a missed member is there again");
            return self.ledger.forget_miss(&last).await;
        }
        self.record(&last, DepartureEvent::Seen, at).await
    }

    async fn missing(
        &self,
        person: &Person,
        last: Option<Departure>,
        holders: usize,
        at: Timestamp,
    ) -> Result<(), store::Error> {
        let left = self.ledger.store.held().of(person.id).await?;
        let devices: Vec<_> = left.iter().map(|request| request.id).collect();
        match last {
            Some(last) if last.is_open() => {
                let by_rule = self.rules.requests.on_member_left == OnMemberLeft::Expire;
                let braked = by_rule && self.is_braked(holders, at).await?;
                let event = DepartureEvent::StillMissing {
                    devices,
                    expire_by: (by_rule && !braked).then(Person::bot),
                    braked,
                };
                self.record(&last, event, at).await
            }
            Some(last) if is_settled_by(&last, &devices) => Ok(()),
            Some(_) | None => self.ledger.missed(person, at).await,
        }
    }

    /// A wrong server in the settings makes everybody look gone: more than a few at once are asked about. All of them
    /// have been missed once before the first is missed again, and whoever was missed a round earlier counts too.
    async fn is_braked(&self, holders: usize, at: Timestamp) -> Result<bool, store::Error> {
        let usual = self.rules.may_leave_within_a_day(holders);
        let window = DAY.saturating_add(self.rules.requests.member_check_interval);
        let since = at.checked_sub(window).unwrap_or(Timestamp::MIN);
        let missing = store::missing(&self.ledger.store, since, usual + 1).await?;
        if missing > usual {
            tracing::warn!(
                usual,
                "more members than usual are missing; the approvers are asked"
            );
        }
        Ok(missing > usual)
    }

    /// An event that has no place in the departure's state changes nothing.
    async fn record(
        &self,
        departure: &Departure,
        event: DepartureEvent,
        at: Timestamp,
    ) -> Result<(), store::Error> {
        let recorded = self.ledger.record_departure(departure, event, None, at);
        recorded.await.map(drop)
    }
}

/// Everybody is checked once within the interval.
fn pause(holders: usize, interval: Duration) -> Duration {
    match u32::try_from(holders) {
        Ok(0) => interval,
        Ok(holders) => (interval / holders).max(SHORTEST_PAUSE),
        Err(_) => SHORTEST_PAUSE,
    }
}

/// The approvers have already said that all of this may stay.
fn is_settled_by(last: &Departure, devices: &[RequestId]) -> bool {
    matches!(last.state, DepartureState::Kept { .. })
        && devices.iter().all(|device| last.devices.contains(device))
}

#[cfg(test)]
#[path = "../../../tests/rooms/workflow/members.rs"]
mod tests;
