//! Buttons and forms carry a version, a verb and a number. Everything else is looked up.

use std::fmt;
use std::str::FromStr;

use strum::{Display, EnumIter, EnumString};

use crate::domain::{Choice, Cursor, DepartureId, Filter, MemberId, RequestId};

/// What a button or a form asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, EnumIter)]
#[strum(serialize_all = "kebab-case")]
pub enum Verb {
    Approve,
    /// Opens the form.
    Deny,
    /// Sends the form.
    DenyForm,
    Retry,
    Cancel,
    Claim,
    /// Asks for a confirmation.
    Revoke,
    RevokeYes,
    /// Posts the card again.
    PostAgain,
}

/// `v1:<verb>:<request number>`.
///
/// ```
/// use headscale_usher::domain::RequestId;
/// use headscale_usher::view::{CustomId, Verb};
///
/// let id = CustomId { verb: Verb::Approve, request: RequestId(42) };
/// assert_eq!(id.to_string(), "v1:approve:42");
/// assert_eq!(CustomId::parse("v1:approve:42"), Some(id));
/// assert_eq!(CustomId::parse("v2:approve:42"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CustomId {
    pub verb: Verb,
    pub request: RequestId,
}

impl CustomId {
    /// None for anything that this version of the bot would not write itself.
    pub fn parse(custom_id: &str) -> Option<Self> {
        let (verb, number) = split(custom_id)?;
        let request = RequestId(number);
        let id = Self { verb, request };
        (id.to_string() == custom_id).then_some(id)
    }
}

impl fmt::Display for CustomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1:{}:{}", self.verb, self.request.0)
    }
}

/// Carried by the buttons on the card of a member who left: `v1:<choice>:<departure's number>`.
///
/// ```
/// use headscale_usher::domain::{Choice, DepartureId};
/// use headscale_usher::view::DepartureButton;
///
/// let button = DepartureButton { choice: Choice::Keep, departure: DepartureId(7) };
/// assert_eq!(button.to_string(), "v1:keep:7");
/// assert_eq!(DepartureButton::parse("v1:keep:7"), Some(button));
/// assert_eq!(DepartureButton::parse("v1:approve:7"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DepartureButton {
    pub choice: Choice,
    pub departure: DepartureId,
}

impl DepartureButton {
    /// None for anything that this version of the bot would not write itself.
    pub fn parse(custom_id: &str) -> Option<Self> {
        let (choice, number) = split(custom_id)?;
        let departure = DepartureId(number);
        let button = Self { choice, departure };
        (button.to_string() == custom_id).then_some(button)
    }
}

impl fmt::Display for DepartureButton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1:{}:{}", self.choice, self.departure)
    }
}

/// Turns the pages of a list: `v1:list:<status>:<member, or any>:<after or before>:<request number>`.
///
/// ```
/// use headscale_usher::domain::{Cursor, Filter, RequestId, Status};
/// use headscale_usher::view::ListButton;
///
/// let filter = Filter { status: Status::Pending, member: None };
/// let button = ListButton { filter, from: Cursor::After(RequestId(42)) };
/// assert_eq!(button.to_string(), "v1:list:pending:any:after:42");
/// assert_eq!(ListButton::parse("v1:list:pending:any:after:42"), Some(button));
/// assert_eq!(ListButton::parse("v1:list:pending:any:after:0"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListButton {
    pub filter: Filter,
    pub from: Cursor,
}

impl ListButton {
    /// None for anything that this version of the bot would not write itself.
    pub fn parse(custom_id: &str) -> Option<Self> {
        let rest = custom_id.strip_prefix("v1:list:")?;
        let parts: Vec<&str> = rest.split(':').collect();
        let [status, member, side, id] = parts[..] else {
            return None;
        };
        let id = RequestId(positive(id)?);
        let from = match side {
            "after" => Cursor::After(id),
            "before" => Cursor::Before(id),
            _ => return None,
        };
        let member = match member {
            ANYBODY => None,
            id => Some(MemberId(positive(id)?)),
        };
        let status = status.parse().ok()?;
        let filter = Filter { status, member };
        let button = Self { filter, from };
        (button.to_string() == custom_id).then_some(button)
    }
}

const ANYBODY: &str = "any";

impl fmt::Display for ListButton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (side, id) = match self.from {
            Cursor::After(id) => ("after", id.0),
            Cursor::Before(id) => ("before", id.0),
        };
        write!(f, "v1:list:{}:", self.filter.status)?;
        match self.filter.member {
            Some(member) => write!(f, "{member}:{side}:{id}"),
            None => write!(f, "{ANYBODY}:{side}:{id}"),
        }
    }
}

fn split<Word: FromStr>(custom_id: &str) -> Option<(Word, i64)> {
    let (word, number) = custom_id.strip_prefix("v1:")?.split_once(':')?;
    Some((word.parse().ok()?, positive(number)?))
}

fn positive(number: &str) -> Option<i64> {
    number.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Status;
    use proptest::prelude::*;
    use strum::IntoEnumIterator as _;

    #[test]
    fn every_verb_survives_the_round_trip_within_discords_limit() {
        for verb in Verb::iter() {
            for request in [RequestId(1), RequestId(i64::MAX)] {
                let id = CustomId { verb, request };
                assert_eq!(CustomId::parse(&id.to_string()), Some(id));
                assert!(id.to_string().len() <= 100);
            }
        }
    }

    #[test]
    fn every_page_of_every_list_survives_the_round_trip_within_discords_limit() {
        let most = RequestId(i64::MAX);
        for status in Status::iter() {
            for member in [None, Some(MemberId(1)), Some(MemberId(i64::MAX))] {
                for from in [Cursor::After(most), Cursor::Before(most)] {
                    let filter = Filter { status, member };
                    let button = ListButton { filter, from };
                    let id = button.to_string();
                    assert_eq!(ListButton::parse(&id), Some(button));
                    assert!(id.len() <= 100);
                    assert!(CustomId::parse(&id).is_none());
                    assert!(DepartureButton::parse(&id).is_none());
                }
            }
        }
    }

    #[test]
    fn made_up_pages_are_nothing() {
        for made_up in [
            "v1:list:",
            "v1:list:pending:any:after",
            "v1:list:pending:any:after:",
            "v1:list:pending:any:after:0",
            "v1:list:pending:any:after:-1",
            "v1:list:pending:any:after:+1",
            "v1:list:pending:any:after:01",
            "v1:list:pending:any:after:1:1",
            "v1:list:pending:any:beside:1",
            "v1:list:pending::after:1",
            "v1:list:pending:0:after:1",
            "v1:list:pending:-7:after:1",
            "v1:list:Pending:any:after:1",
            "v1:list:open:any:after:1",
            "v2:list:pending:any:after:1",
            "v1:list:pending:any:after:9223372036854775808",
        ] {
            assert_eq!(ListButton::parse(made_up), None, "{made_up}");
        }
    }

    #[test]
    fn made_up_ids_are_nothing() {
        for made_up in [
            "",
            "v1",
            "v1:approve",
            "v1:approve:",
            "v1:approve:0",
            "v1:approve:-1",
            "v1:approve:+1",
            "v1:approve:01",
            "v1:approve:1:2",
            "v1:approve: 1",
            "v1:Approve:1",
            "v1:drop:1",
            "v1:approve:9223372036854775808",
        ] {
            assert_eq!(CustomId::parse(made_up), None, "{made_up}");
        }
    }

    proptest! {
        #[test]
        fn whatever_parses_was_written_by_us(text in "(v1:)?[a-z-]{0,10}:?[0-9+-]{0,20}") {
            let (one, other) = (CustomId::parse(&text), DepartureButton::parse(&text));
            prop_assert!(one.is_none() || other.is_none());
            if let Some(id) = one {
                prop_assert_eq!(id.to_string(), text);
            } else if let Some(id) = other {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
