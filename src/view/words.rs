//! Small phrases that several messages share. Times are Discord's own marks, so everyone sees their own time zone.

use std::time::Duration;

use jiff::Timestamp;

use super::escape::{code, escape};
use crate::domain::{DeviceRequest, JoinedNode, MemberId, Person};
use crate::i18n::text;

const NAME_MAX: usize = 80;

pub(super) fn mention(id: MemberId) -> String {
    format!("<@{id}>")
}

/// With the name, because a mention alone turns into "unknown user" once the member has left.
pub(super) fn named(person: &Person) -> String {
    format!("<@{}> ({})", person.id, escape(&person.name, NAME_MAX))
}

/// Mention, name and id, for a field of their own.
pub(super) fn introduced(person: &Person) -> String {
    let name = escape(&person.name, NAME_MAX);
    format!("{}\n-# {name} · {}", mention(person.id), person.id)
}

/// Who revoked something: a person, or the bot by the operator's rule.
pub(super) fn revoker(by: &Person) -> String {
    if by.is_bot() {
        text!("revoked-by-bot")
    } else {
        mention(by.id)
    }
}

/// For a choice in a sentence.
pub(super) fn yes_or_no(it: bool) -> &'static str {
    if it { "yes" } else { "no" }
}

/// "in 5 minutes", "2 days ago".
pub(super) fn relative(at: Timestamp) -> String {
    format!("<t:{}:R>", at.as_second())
}

/// "23 November 2026 10:07".
pub(super) fn moment(at: Timestamp) -> String {
    format!("<t:{}:f>", at.as_second())
}

/// The duration in its two largest units: "1 hour 30 minutes".
pub(super) fn lasting(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let counts = [
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    ];
    let parts = counts
        .into_iter()
        .enumerate()
        .filter(|(_, count)| *count > 0);
    let parts: Vec<String> = parts
        .take(2)
        .map(|(unit, count)| match unit {
            0 => text!("days", count = count),
            1 => text!("hours", count = count),
            2 => text!("minutes", count = count),
            _ => text!("seconds", count = count),
        })
        .collect();
    if parts.is_empty() {
        return text!("no-time");
    }
    parts.join(" ")
}

/// The device's name as inline code. It cannot contain markup.
pub(super) fn device(request: &DeviceRequest) -> String {
    format!("`{}`", request.device)
}

pub(super) fn node_name(node: &JoinedNode) -> String {
    code(&node.name, NAME_MAX)
}

/// At most four are shown; a node usually has one IPv4 and one IPv6 address.
pub(super) fn addresses(node: &JoinedNode) -> Option<String> {
    let shown = node.addresses.iter().take(4);
    let shown: Vec<_> = shown.map(|address| format!("`{address}`")).collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        let said = |seconds| lasting(Duration::from_secs(seconds));
        assert_eq!(said(3_600), "1 hour");
        assert_eq!(said(5_400), "1 hour 30 minutes");
        assert_eq!(said(2 * 86_400), "2 days");
        assert_eq!(said(90_061), "1 day 1 hour");
        assert_eq!(said(0), "no time");
    }
}
