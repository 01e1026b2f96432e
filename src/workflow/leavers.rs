//! Looks whether those who hold live keys or joined devices are still in the server. Needs no privileged intent: one
//! question to Discord per person, slowly and evenly. Only Discord's own "unknown member" counts, twice, an hour apart;
//! an error or an outage changes nothing.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::config::OnMemberLeft;
use crate::domain::{Departure, DepartureEvent, DepartureState, DeviceRequest, Person, RequestId};
use crate::store;

use super::{Trouble, Workflow};

/// However many there are to look for, Discord is asked no more often than this.
const LEAST_PAUSE: Duration = Duration::from_secs(5);

/// Those who are still to be looked for in this round.
#[derive(Debug, Default)]
struct Round {
    left: VecDeque<Person>,
    pause: Duration,
}

impl Workflow {
    /// Runs until told to stop. What was decided is carried out even when nobody is looked for any more.
    pub async fn look_after_departures(&self, stop: CancellationToken) {
        tokio::join!(self.look_for_leavers(&stop), self.settle_departures(&stop));
    }

    async fn look_for_leavers(&self, stop: &CancellationToken) {
        if self.parts.rules.on_member_left == OnMemberLeft::Nothing {
            return;
        }
        let mut round = Round::default();
        let mut next = self.parts.clock.now();
        loop {
            tokio::select! {
                () = self.parts.clock.sleep_until(next) => {}
                () = stop.cancelled() => return,
            }
            // Counted from the question and not from its answer, so that a slow answer delays nobody else.
            let asked_at = self.parts.clock.now();
            let pause = self.look_for_next(&mut round, asked_at).await;
            next = asked_at.checked_add(pause).unwrap_or(Timestamp::MAX);
        }
    }

    /// Looks for one person, and says how long to wait for the next.
    async fn look_for_next(&self, round: &mut Round, asked_at: Timestamp) -> Duration {
        if round.left.is_empty() {
            match self.parts.store.owners().await {
                Ok(owners) => {
                    *round = Round::of(owners, self.parts.rules.member_check_interval);
                    // Whoever holds nothing any more is looked for no more.
                    self.departures.notify_one();
                }
                Err(error) => {
                    tracing::error!(%error, "nobody knows whom to look for");
                    return self.parts.rules.retries.longest;
                }
            }
        }
        if let Some(person) = round.left.pop_front()
            && let Err(trouble) = self.look_for(&person, asked_at).await
        {
            tracing::warn!(member = person.id.0, %trouble, "whether a member is still there is not known");
        }
        round.pause
    }

    async fn look_for(&self, person: &Person, asked_at: Timestamp) -> Result<(), Trouble> {
        let is_there = self.parts.messenger.is_member(person.id).await?;
        let last = self.parts.store.last_departure(person.id).await?;
        if is_there {
            self.seen(last, asked_at).await?;
        } else {
            self.missing(person, last, asked_at).await?;
        }
        Ok(())
    }

    async fn seen(&self, last: Option<Departure>, at: Timestamp) -> Result<(), store::Error> {
        let Some(last) = last else { return Ok(()) };
        if last.state == DepartureState::Missed {
            tracing::info!(member = last.person.id.0, "a missed member is there again");
            return self.parts.store.forget_miss(&last).await;
        }
        self.record_departure(&last, DepartureEvent::Seen, None, at)
            .await
            .map(drop)
    }

    async fn missing(
        &self,
        person: &Person,
        last: Option<Departure>,
        at: Timestamp,
    ) -> Result<(), store::Error> {
        let devices = ids(&self.parts.store.belongings(person.id).await?);
        match last {
            Some(last) if last.is_open() => {
                let by_rule = self.parts.rules.on_member_left == OnMemberLeft::Expire;
                let event = DepartureEvent::StillMissing {
                    devices,
                    expire_by: by_rule.then(Person::bot),
                };
                self.record_departure(&last, event, None, at)
                    .await
                    .map(drop)
            }
            Some(last) if settles(&last, &devices) => Ok(()),
            Some(_) | None => {
                tracing::info!(member = person.id.0, "Discord does not know this member");
                self.parts.store.missed(person, at).await
            }
        }
    }
}

impl Round {
    /// Begins with anybody, so that restarts do not always favour the same people.
    fn of(owners: Vec<Person>, interval: Duration) -> Self {
        let mut left = VecDeque::from(owners);
        let Ok(people) = u32::try_from(left.len()) else {
            return Self::default();
        };
        if people > 1 {
            left.rotate_left(rand::random_range(0..left.len()));
        }
        let pause = match people {
            0 => interval,
            people => (interval / people).max(LEAST_PAUSE),
        };
        Self { left, pause }
    }
}

pub(super) fn ids(devices: &[DeviceRequest]) -> Vec<RequestId> {
    devices.iter().map(|request| request.id).collect()
}

/// Whether the approvers have already said that all of this may stay.
fn settles(last: &Departure, devices: &[RequestId]) -> bool {
    matches!(last.state, DepartureState::Kept { .. })
        && devices.iter().all(|device| last.devices.contains(device))
}
