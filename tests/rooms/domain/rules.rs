//! Names, reasons and policy: what is accepted, and what a person reads when it is not.

use std::time::Duration;

use proptest::prelude::*;
use strum::IntoEnumIterator as _;

use crate::domain::{
    Asker, DeviceName, GuildId, MemberId, Platform, Problem, Reason, Record, Refusal, RetryRules,
    RoleId, State, Status,
};
use crate::support::people::{moment, person};
use crate::support::requests::request;
use crate::support::rules::rules;

// ---------------------------------------------------------------- names and reasons

#[test]
fn a_name_is_a_dns_label() {
    let longest = "a".repeat(63);
    for name in ["ab", "a1", "anna-laptop", "7-of-9", "xn--caf-dma", &longest] {
        assert_eq!(name.parse::<DeviceName>().unwrap().as_str(), name);
    }
    let too_long = "a".repeat(64);
    for typed in [
        "", "a", "-ab", "ab-", "Ab", "a_b", "a.b", "a b", "ab\n", "é1", &too_long,
    ] {
        assert!(typed.parse::<DeviceName>().is_err(), "{typed:?}");
    }
}

#[test]
fn a_refused_name_comes_with_the_nearest_good_one() {
    let suggested = |typed: &str| DeviceName::suggest(typed).map(|name| name.to_string());
    let some = |name: &str| Some(name.to_owned());
    assert_eq!(suggested("Anna's Laptop"), some("anna-s-laptop"));
    assert_eq!(suggested("  my__phone!! "), some("my-phone"));
    assert_eq!(suggested("büro"), some("b-ro"));
    assert_eq!(suggested("日本"), None);
    assert_eq!(suggested("x"), None);
}

#[test]
fn a_reason_is_cleaned_and_has_at_most_400_characters() {
    let typed = "  one\r\n two\u{202e}three\u{0}\u{200b} ";
    let reason = Reason::parse(typed).unwrap().unwrap();
    assert_eq!(reason.as_str(), "one twothree");
    assert_eq!(Reason::parse(" \u{200b}\n").unwrap(), None);
    assert!(Reason::parse(&"é".repeat(400)).unwrap().is_some());
    assert_eq!(
        Reason::parse(&"é".repeat(401)).unwrap_err(),
        Refusal::ReasonTooLong { length: 401 }
    );
}

proptest! {
    #[test]
    fn every_suggestion_is_a_name(typed in any::<String>()) {
        if let Some(name) = DeviceName::suggest(&typed) {
            prop_assert_eq!(name.as_str().parse::<DeviceName>(), Ok(name));
        }
    }

    #[test]
    fn a_good_name_is_its_own_suggestion(name in "[a-z0-9][a-z0-9]{0,30}[a-z0-9]") {
        let suggested = DeviceName::suggest(&name);
        prop_assert_eq!(suggested.as_ref().map(DeviceName::as_str), Some(name.as_str()));
    }

    #[test]
    fn a_clean_reason_stays_as_it_is(typed in any::<String>()) {
        if let Ok(Some(reason)) = Reason::parse(&typed) {
            prop_assert!(!reason.as_str().chars().any(char::is_control));
            prop_assert_eq!(Reason::parse(reason.as_str()), Ok(Some(reason)));
        }
    }

    #[test]
    fn a_refusal_is_never_longer_than_a_message_may_be(typed in any::<String>()) {
        if let Err(refusal) = typed.parse::<DeviceName>() {
            prop_assert!(refusal.to_string().chars().count() < 500);
        }
    }
}

#[test]
fn every_platform_is_known_by_its_word() {
    for platform in Platform::iter() {
        assert_eq!(platform.into_str().parse(), Ok(platform));
    }
    assert!("amiga".parse::<Platform>().is_err());
}

#[test]
fn every_status_has_a_word_of_its_own() {
    let words: std::collections::BTreeSet<&str> =
        Status::iter().map(|status| status.into_str()).collect();
    assert_eq!(words.len(), Status::iter().count());
}

// ---------------------------------------------------------------- policy

fn asker(member: i64, roles: &[i64]) -> Asker {
    Asker {
        person: person(member),
        guild: Some(GuildId(1)),
        roles: roles.iter().copied().map(RoleId).collect(),
    }
}

#[test]
fn without_requester_roles_every_member_of_the_guild_may_ask() {
    assert_eq!(rules().may_ask(&asker(1, &[])), Ok(()));
    let outsider = Asker {
        guild: Some(GuildId(7)),
        ..asker(1, &[])
    };
    assert_eq!(rules().may_ask(&outsider), Err(Refusal::WrongGuild));
    let direct = Asker {
        guild: None,
        ..asker(1, &[])
    };
    assert_eq!(rules().may_ask(&direct), Err(Refusal::WrongGuild));
}

#[test]
fn a_tenth_of_the_holders_may_leave_within_a_day_but_always_one() {
    let mut rules = rules();
    rules.requests.max_left_per_day = 5;
    let usual =
        [0, 1, 8, 10, 11, 40, 41, 60, 1_000].map(|holders| rules.may_leave_within_a_day(holders));
    assert_eq!(usual, [1, 1, 1, 1, 2, 4, 5, 5, 5]);
}

#[test]
fn with_requester_roles_one_of_them_is_needed() {
    let mut rules = rules();
    rules.discord.requester_roles = vec![RoleId(3), RoleId(4)];
    assert_eq!(rules.may_ask(&asker(1, &[4, 9])), Ok(()));
    assert_eq!(rules.may_ask(&asker(1, &[9])), Err(Refusal::MayNotAsk));
}

#[test]
fn an_approver_needs_the_role_in_this_guild() {
    assert_eq!(rules().is_approver(&asker(9, &[2])), Ok(()));
    let member = rules().is_approver(&asker(9, &[3]));
    assert_eq!(member, Err(Refusal::MayNotDecide));
    let elsewhere = Asker {
        guild: Some(GuildId(7)),
        ..asker(9, &[2])
    };
    assert_eq!(rules().is_approver(&elsewhere), Err(Refusal::WrongGuild));
    let mut nobody = rules();
    nobody.discord.approver_roles = vec![];
    let refused = nobody.is_approver(&asker(9, &[2]));
    assert_eq!(refused, Err(Refusal::MayNotDecide));
}

#[test]
fn nobody_grants_their_own_request_unless_that_is_allowed() {
    let own = request(State::Cancelled);
    let MemberId(requester) = own.requester.id;
    let refused = rules().may_grant(&asker(requester, &[2]), &own);
    assert_eq!(refused, Err(Refusal::SelfApproval));
    assert_eq!(rules().may_grant(&asker(9, &[2]), &own), Ok(()));
    let mut lenient = rules();
    lenient.requests.allow_self_approval = true;
    assert_eq!(lenient.may_grant(&asker(requester, &[2]), &own), Ok(()));
}

#[test]
fn each_limit_is_reached_exactly_at_its_number() {
    let now = moment(0);
    let record = |open, last_day| Record {
        open,
        last_day,
        last_denied_at: None,
    };
    assert_eq!(rules().within_limits(record(2, 4), now), Ok(()));
    assert_eq!(
        rules().within_limits(record(3, 4), now),
        Err(Refusal::TooManyOpen { open: 3, limit: 3 })
    );
    assert_eq!(
        rules().within_limits(record(2, 5), now),
        Err(Refusal::TooManyToday { made: 5, limit: 5 })
    );
}

#[test]
fn the_cooldown_ends_to_the_second_and_zero_means_none() {
    let record = Record {
        last_denied_at: Some(moment(0)),
        ..Record::default()
    };
    let until = moment(3_600);
    assert_eq!(
        rules().within_limits(record, moment(3_599)),
        Err(Refusal::CoolingDown { until })
    );
    assert_eq!(rules().within_limits(record, until), Ok(()));
    let mut lenient = rules();
    lenient.requests.cooldown_after_denial = Duration::ZERO;
    assert_eq!(lenient.within_limits(record, moment(0)), Ok(()));
}

#[test]
fn links_are_taken_where_they_are_wanted_and_devices_stay() {
    for (links, ephemeral) in [(true, false), (true, true), (false, false), (false, true)] {
        let mut rules = rules();
        rules.requests.links = links;
        rules.keys.ephemeral = ephemeral;
        let expected = match (links, ephemeral) {
            (true, false) => Ok(()),
            _ => Err(Refusal::NoLinks { ephemeral }),
        };
        assert_eq!(rules.take_links(), expected);
    }
}

#[test]
fn a_letters_button_works_in_the_letter_and_in_this_guild_only() {
    let from = |guild| {
        let person = asker(1, &[]);
        rules().is_reached_from(&Asker { guild, ..person })
    };
    assert_eq!(from(None), Ok(()));
    assert_eq!(from(Some(GuildId(1))), Ok(()));
    assert_eq!(from(Some(GuildId(7))), Err(Refusal::WrongGuild));
}

#[test]
fn a_step_is_given_up_after_as_many_failures_as_the_operator_allows() {
    let RetryRules { attempts, .. } = rules().retries;
    assert!(!rules().retries.are_spent(attempts - 1));
    assert!(rules().retries.are_spent(attempts));
}

#[test]
fn what_headscale_said_is_repeated_and_silence_is_not() {
    let said = Problem::HeadscaleRefused("no such tag".to_owned());
    assert_eq!(said.to_string(), "headscale_refused: no such tag");
    let silent = Problem::HeadscaleRefused(String::new());
    assert_eq!(silent.said(), None);
    assert_eq!(Problem::HeadscaleSlow.said(), None);
}

#[test]
fn a_refused_name_is_repeated_up_to_where_it_is_too_long() {
    let Err(Refusal::DeviceName { typed, .. }) = "a".repeat(100).parse::<DeviceName>() else {
        panic!("it was taken");
    };
    assert_eq!(typed.len(), 64);
}
