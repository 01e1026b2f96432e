//! Keys: until when they may be collected, are looked for, and are called for; each to the second.

use jiff::Timestamp;

use crate::domain::{
    Abandoned, ClaimReason, DeviceRequest, Event, Handover, HeadscaleUserId, IssuedKey, KeyId,
    NodeId, Refusal, State, Status, apply,
};
use crate::support::people::moment;
use crate::support::requests::request;
use crate::support::states;

const OFFER_ENDS: i64 = 259_200;

fn offered(claims: u32) -> DeviceRequest {
    let claimable = states::claimable(ClaimReason::KeyLapsed);
    DeviceRequest {
        claims,
        ..request(claimable)
    }
}

#[test]
fn a_key_can_be_collected_until_its_offer_ends_and_ten_times_at_most() {
    let (last, over) = (moment(OFFER_ENDS - 1), moment(OFFER_ENDS));
    assert_eq!(offered(9).is_claimable(last), Ok(()));
    assert_eq!(offered(9).is_claimable(over), Err(Refusal::ClaimOver));
    let too_many = Err(Refusal::TooManyKeys { limit: 10 });
    assert_eq!(offered(10).is_claimable(last), too_many);
}

#[test]
fn a_key_that_was_shown_can_be_collected_anew_while_it_is_unused() {
    let claimable =
        |used| request(states::delivered(states::by_claim(), used, None)).is_claimable(moment(70));
    assert_eq!(claimable(false), Ok(()));
    let status = Status::Delivered;
    assert_eq!(claimable(true), Err(Refusal::NotNow { status }));
}

#[test]
fn a_key_that_is_being_made_is_not_collected_a_second_time() {
    let busy = request(states::issuing(states::by_claim()));
    assert_eq!(busy.is_claimable(moment(70)), Err(Refusal::Busy));
    let lapsed = request(states::expired(true)).is_claimable(moment(70));
    let status = Status::Expired;
    assert_eq!(lapsed, Err(Refusal::NotNow { status }));
}

#[test]
fn who_has_had_every_key_is_not_called_again() {
    assert!(offered(9).reminded_at().is_some());
    assert_eq!(offered(10).reminded_at(), None);
}

#[test]
fn a_device_is_looked_for_until_a_day_after_the_end_of_its_key() {
    let key = |expires_at| IssuedKey {
        id: KeyId(7),
        user: HeadscaleUserId(3),
        expires_at,
    };
    assert_eq!(key(moment(60)).looked_for_until(), moment(86_460));
    let endless = key(Timestamp::MAX);
    assert_eq!(endless.looked_for_until(), Timestamp::MAX);
}

#[test]
fn a_look_that_failed_is_made_again_in_a_minute_until_the_keys_end() {
    let key = Abandoned {
        user: HeadscaleUserId(3),
        key_expires_at: moment(3_600),
        since: moment(0),
        look_at: moment(60),
    };
    let look_at = moment(3_659);
    let again = Abandoned { look_at, ..key };
    assert_eq!(key.postponed(moment(3_599)), Some(again));
    assert_eq!(key.postponed(moment(3_600)), None);
    assert_eq!(key.postponed(moment(3_601)), None);
}

#[test]
fn the_device_that_was_let_in_is_remembered_while_it_waits_for_its_tags() {
    let newest = NodeId(5);
    let link = |node| states::issuing(Handover::SignIn { newest, node });
    let node = NodeId(11);
    let after = apply(&request(link(None)), Event::Registered { node }, moment(70)).unwrap();
    assert_eq!(after.state, link(Some(node)));
}

#[test]
fn a_link_takes_the_place_of_the_command_that_asked_and_a_used_key_that_of_the_link() {
    let given = states::events()
        .into_iter()
        .find(|event| matches!(event, Event::LinkGiven { .. }))
        .expect("it is listed");
    let Event::LinkGiven { interaction, link } = given.clone() else {
        unreachable!("it was looked for")
    };
    let after = apply(&request(states::pending()), given, moment(70)).unwrap();
    assert_eq!(after.interaction, interaction);
    assert_eq!(after.sign_in, Some(link));
    let issuing = DeviceRequest {
        state: states::issuing(Handover::Letter),
        ..after
    };
    let used = Event::FoundUsed { key: KeyId(7) };
    let after = apply(&issuing, used, moment(70)).unwrap();
    assert_eq!((after.interaction, after.sign_in), (interaction, None));
}

#[test]
fn a_joined_device_keeps_the_name_and_the_standing_that_were_found() {
    use crate::domain::{Naming, Standing};
    let owed = request(states::joined(Naming::Owed, None));
    let name = "laptop-2".to_owned();
    let naming = Naming::Settled;
    let named = apply(&owed, Event::Named { name, naming }, moment(70)).unwrap();
    let standing = Standing::Expired;
    let expired = apply(&named, Event::StandingChanged { standing }, moment(80)).unwrap();
    let State::Joined { node, .. } = expired.state else {
        panic!("not joined");
    };
    assert_eq!(node.name, "laptop-2");
    assert_eq!(
        (node.naming, node.standing),
        (Naming::Settled, Standing::Expired)
    );
}
