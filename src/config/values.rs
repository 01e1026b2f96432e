//! From a word to a value that obeys its rule; the error is the rule, never the value.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use super::LogFormat;
use crate::domain::{OnMemberLeft, OnRevoke};

pub(super) const MILLISECOND: Duration = Duration::from_millis(1);
pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_mins(1);
pub(super) const HOUR: Duration = Duration::from_hours(1);
pub(super) const DAY: Duration = Duration::from_hours(24);

pub(super) fn flag(word: &str) -> Result<bool, String> {
    word.parse().map_err(|_| "must be true or false".to_owned())
}

pub(super) fn number<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    move |word| {
        let number = word.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            format!("must be a whole number from {least} to {most}")
        })
    }
}

pub(super) fn duration(
    range: RangeInclusive<Duration>,
) -> impl Fn(&str) -> Result<Duration, String> {
    move |word| {
        let duration = humantime::parse_duration(word)
            .ok()
            .filter(|given| range.contains(given));
        duration.ok_or_else(|| {
            let [least, most] = [*range.start(), *range.end()].map(shown);
            format!(
                "must be a duration from {least} to {most}, such as \"90s\", \"1h 30m\" or \"7d\""
            )
        })
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
        word.parse().ok().filter(|id| *id > 0).map(&kind).ok_or_else(|| {
        "must be a Discord id, a number such as \"112233445566778899\" (Developer Mode, then Copy ID)"
            .to_owned()
    })
    }
}

/// A value that the domain parses; its error says the rule.
pub(super) fn parsed<T: FromStr<Err: Display>>(word: &str) -> Result<T, String> {
    word.parse().map_err(|rule: T::Err| rule.to_string())
}

/// The file behind a `sqlite://` address.
pub(super) fn database(word: &str) -> Result<PathBuf, String> {
    let Some(path) = word.strip_prefix("sqlite://") else {
        return Err("must begin with sqlite://; other databases are not supported".to_owned());
    };
    match path {
        "" => Err("must name a file, such as sqlite://headscale-usher.db".to_owned()),
        ":memory:" => Err("must name a file: requests have to survive a restart".to_owned()),
        _ if path.contains('?') => Err("takes no options after a `?`".to_owned()),
        _ => Ok(PathBuf::from(path)),
    }
}

pub(super) fn on_member_left(word: &str) -> Result<OnMemberLeft, String> {
    match word {
        "ask" => Ok(OnMemberLeft::Ask),
        "expire" => Ok(OnMemberLeft::Expire),
        "nothing" => Ok(OnMemberLeft::Nothing),
        _ => Err("must be \"ask\", \"expire\" or \"nothing\"".to_owned()),
    }
}

pub(super) fn on_revoke(word: &str) -> Result<OnRevoke, String> {
    match word {
        "expire" => Ok(OnRevoke::Expire),
        "delete" => Ok(OnRevoke::Delete),
        _ => Err("must be \"expire\" or \"delete\"".to_owned()),
    }
}

/// None: switched off.
pub(super) fn listen(word: &str) -> Result<Option<SocketAddr>, String> {
    if word == "off" {
        return Ok(None);
    }
    word.parse().map(Some).map_err(|_| {
        "must be an IP address and a port, such as \"127.0.0.1:8787\", or \"off\"".to_owned()
    })
}

pub(super) fn log_format(word: &str) -> Result<LogFormat, String> {
    match word {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be \"text\" or \"json\"".to_owned()),
    }
}

pub(super) fn log_filter(word: &str) -> Result<String, String> {
    EnvFilter::try_new(word)
        .map(|_| word.to_owned())
        .map_err(|_| {
            "must be a log filter, such as \"info\" or \"info,headscale_usher=debug\"".to_owned()
        })
}
