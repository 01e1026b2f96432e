//! Looks whether those who hold live keys or joined devices are still in the server. Needs no privileged intent: one
//! question to Discord per person, slowly and evenly. Only Discord's own "unknown member" counts, twice, an hour apart;
//! an error or an outage changes nothing.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::domain::{
    Departure, DepartureEvent, DepartureState, DeviceRequest, MemberId, OnMemberLeft, Person,
    RequestId,
};
use crate::store;

use super::{Trouble, Workflow};

/// However many there are to look for, Discord is asked no more often than this.
const LEAST_PAUSE: Duration = Duration::from_secs(5);

/// Whose turn it is: the members in the order of their ids, round and round.
#[derive(Debug, Default)]
struct Rota {
    last: Option<MemberId>,
}

impl Workflow {
    /// Runs until told to stop. What was decided is carried out even when nobody is looked for any more.
    pub async fn look_after_departures(&self, stop: CancellationToken) {
        tokio::join!(self.look_for_leavers(&stop), self.settle_departures(&stop));
    }

    async fn look_for_leavers(&self, stop: &CancellationToken) {
        if self.parts.rules.requests.on_member_left == OnMemberLeft::Nothing {
            return;
        }
        let mut rota = Rota::default();
        let mut next = self.parts.clock.now();
        loop {
            tokio::select! {
                () = self.parts.clock.sleep_until(next) => {}
                () = stop.cancelled() => return,
            }
            // Counted from the question and not from its answer, so that a slow answer delays nobody else.
            let asked_at = self.parts.clock.now();
            let pause = self.look_for_next(&mut rota, asked_at).await;
            next = asked_at.checked_add(pause).unwrap_or(Timestamp::MAX);
        }
    }

    /// Looks for one person, and says how long to wait for the next.
    async fn look_for_next(&self, rota: &mut Rota, asked_at: Timestamp) -> Duration {
        let owners = match self.parts.store.owners().await {
            Ok(owners) => owners,
            Err(error) => {
                tracing::error!(%error, "nobody knows whom to look for");
                return self.parts.rules.retries.longest;
            }
        };
        if let Some(person) = rota.turn(&owners)
            && let Err(trouble) = self.look_for(person, asked_at).await
        {
            tracing::warn!(member = person.id.0, %trouble, "whether a member is still there is not known");
        }
        pause(
            owners.len(),
            self.parts.rules.requests.member_check_interval,
        )
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
                let by_rule = self.parts.rules.requests.on_member_left == OnMemberLeft::Expire;
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

impl Rota {
    /// Of owners in the order of their ids. Begins with anybody, so that restarts do not always favour the same people.
    fn turn<'a>(&mut self, owners: &'a [Person]) -> Option<&'a Person> {
        let next = match self.last {
            _ if owners.is_empty() => return None,
            None => rand::random_range(0..owners.len()),
            Some(last) => owners.partition_point(|owner| owner.id <= last) % owners.len(),
        };
        let owner = owners.get(next)?;
        self.last = Some(owner.id);
        Some(owner)
    }
}

/// So that everybody has had a turn within the interval.
fn pause(owners: usize, interval: Duration) -> Duration {
    match u32::try_from(owners) {
        Ok(0) => interval,
        Ok(owners) => (interval / owners).max(LEAST_PAUSE),
        Err(_) => LEAST_PAUSE,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(ids: &[i64]) -> Vec<Person> {
        let person = |id: &i64| Person {
            id: MemberId(*id),
            name: String::new(),
        };
        ids.iter().map(person).collect()
    }

    #[test]
    fn everybody_has_their_turn_whoever_comes_and_goes() {
        let mut rota = Rota {
            last: Some(MemberId(2)),
        };
        let mut turn = |ids: &[i64]| rota.turn(&owners(ids)).map(|owner| owner.id.0);
        assert_eq!(turn(&[1, 2, 5, 9]), Some(5));
        assert_eq!(turn(&[1, 2, 7, 9]), Some(7));
        assert_eq!(turn(&[1, 2, 3]), Some(1));
        assert_eq!(turn(&[]), None);
        assert_eq!(turn(&[1, 2, 3]), Some(2));
        let begun = Rota::default().turn(&owners(&[4])).map(|owner| owner.id.0);
        assert_eq!(begun, Some(4));
    }

    #[test]
    fn many_owners_do_not_become_many_questions_at_once() {
        let hour = Duration::from_hours(1);
        assert_eq!(pause(0, hour), hour);
        assert_eq!(pause(1, hour), hour);
        assert_eq!(pause(6, hour), Duration::from_mins(10));
        assert_eq!(pause(1_000_000, hour), LEAST_PAUSE);
    }
}
