//! From a word to a value that obeys its rule. The error is the rule as people read it, never the value.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use super::LogFormat;
use crate::domain::{
    Address, BadAddress, BadTemplate, OnMemberLeft, OnRevoke, Tag, UserName, UserTemplate,
};
use crate::i18n::text;

pub(super) const MILLISECOND: Duration = Duration::from_millis(1);
pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_mins(1);
pub(super) const HOUR: Duration = Duration::from_hours(1);
pub(super) const DAY: Duration = Duration::from_hours(24);

pub(super) fn flag(word: &str) -> Result<bool, String> {
    word.parse().map_err(|_| text!("settings-flag"))
}

pub(super) fn number<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    move |word| {
        let number = word.parse().ok().filter(|number| range.contains(number));
        let [least, most] = [range.start(), range.end()].map(ToString::to_string);
        number.ok_or_else(|| text!("settings-number", least = least, most = most))
    }
}

pub(super) fn duration(
    range: RangeInclusive<Duration>,
) -> impl Fn(&str) -> Result<Duration, String> {
    move |word| {
        let duration = humantime::parse_duration(word).ok();
        let [least, most] = [*range.start(), *range.end()].map(shown);
        duration
            .filter(|given| range.contains(given))
            .ok_or_else(|| text!("settings-duration", least = least, most = most))
    }
}

/// Days stay days: humantime would count months.
fn shown(duration: Duration) -> String {
    let days = duration.as_secs() / DAY.as_secs();
    if days > 0 && duration == Duration::from_hours(24 * days) {
        format!("{days}d")
    } else {
        humantime::format_duration(duration).to_string()
    }
}

/// A snowflake. The store keeps it as `i64`, which Discord's ids fit until 2084.
pub(super) fn id<T>(kind: impl Fn(i64) -> T) -> impl Fn(&str) -> Result<T, String> {
    move |word| {
        let id = word.parse().ok().filter(|id| *id > 0);
        id.map(&kind).ok_or_else(|| text!("settings-id"))
    }
}

pub(super) fn tag(word: &str) -> Result<Tag, String> {
    word.parse().map_err(|_| text!("settings-tag"))
}

pub(super) fn user_name(word: &str) -> Result<UserName, String> {
    word.parse().map_err(|_| text!("settings-user-name"))
}

pub(super) fn user_template(word: &str) -> Result<UserTemplate, String> {
    word.parse().map_err(|broken| match broken {
        BadTemplate::TellsNobodyApart => text!("settings-template-alike"),
        BadTemplate::Repeats => text!("settings-template-repeats"),
        BadTemplate::OddCharacters => text!("settings-template-odd"),
        BadTemplate::BadStart => text!("settings-template-start"),
        BadTemplate::BadEnd => text!("settings-template-end"),
        BadTemplate::TooLong => text!("settings-template-long"),
        BadTemplate::IdMayBeCut => text!("settings-template-order"),
    })
}

pub(super) fn address(word: &str) -> Result<Address, String> {
    word.parse().map_err(|broken| match broken {
        BadAddress::NotAnAddress(cause) => text!("settings-address", cause = cause.to_string()),
        BadAddress::Scheme => text!("settings-address-scheme"),
        BadAddress::Credentials => text!("settings-address-credentials"),
        BadAddress::Query => text!("settings-address-query"),
    })
}

/// The file behind a `sqlite://` address.
pub(super) fn database(word: &str) -> Result<PathBuf, String> {
    let Some(path) = word.strip_prefix("sqlite://") else {
        return Err(text!("settings-database-scheme"));
    };
    match path {
        "" => Err(text!("settings-database-file")),
        ":memory:" => Err(text!("settings-database-memory")),
        _ if path.contains('?') => Err(text!("settings-database-options")),
        _ => Ok(PathBuf::from(path)),
    }
}

/// One of a few words; `words` lists them as people read them.
fn one_of<T>(words: &str, found: Option<T>) -> Result<T, String> {
    found.ok_or_else(|| text!("settings-one-of", words = words.to_owned()))
}

pub(super) fn on_member_left(word: &str) -> Result<OnMemberLeft, String> {
    let found = match word {
        "ask" => Some(OnMemberLeft::Ask),
        "expire" => Some(OnMemberLeft::Expire),
        "nothing" => Some(OnMemberLeft::Nothing),
        _ => None,
    };
    one_of("\"ask\", \"expire\" or \"nothing\"", found)
}

pub(super) fn on_revoke(word: &str) -> Result<OnRevoke, String> {
    let found = match word {
        "expire" => Some(OnRevoke::Expire),
        "delete" => Some(OnRevoke::Delete),
        _ => None,
    };
    one_of("\"expire\" or \"delete\"", found)
}

/// None: switched off.
pub(super) fn listen(word: &str) -> Result<Option<SocketAddr>, String> {
    if word == "off" {
        return Ok(None);
    }
    word.parse().map(Some).map_err(|_| text!("settings-listen"))
}

pub(super) fn log_format(word: &str) -> Result<LogFormat, String> {
    let found = match word {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    };
    one_of("\"text\" or \"json\"", found)
}

pub(super) fn log_filter(word: &str) -> Result<String, String> {
    match EnvFilter::try_new(word) {
        Ok(_) => Ok(word.to_owned()),
        Err(_) => Err(text!("settings-log-filter")),
    }
}
