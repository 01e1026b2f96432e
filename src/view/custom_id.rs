//! Buttons and forms carry a version, a verb and a number. Everything else is looked up.

use std::fmt;
use std::str::FromStr;

use strum::{Display, EnumIter, EnumString};

use crate::domain::{Choice, DepartureId, RequestId};

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

fn split<Word: FromStr>(custom_id: &str) -> Option<(Word, i64)> {
    let (word, number) = custom_id.strip_prefix("v1:")?.split_once(':')?;
    let number = number.parse().ok().filter(|number| *number > 0)?;
    Some((word.parse().ok()?, number))
}

#[cfg(test)]
mod tests {
    use super::*;
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
