//! Small phrases that several faces share. Times only as Discord's own marks, so that everyone reads their zone.

use std::time::Duration;

use jiff::Timestamp;

use super::escape::{code, escape};
use crate::domain::{DeviceRequest, JoinedNode, MemberId, Person};

const NAME_MAX: usize = 80;

pub(super) fn mention(id: MemberId) -> String {
    format!("<@{id}>")
}

/// A mention alone turns into "unknown user" once its member has left.
pub(super) fn named(person: &Person) -> String {
    format!("<@{}> ({})", person.id, escape(&person.name, NAME_MAX))
}

/// Who took something back: a person, or the bot by the operator's rule.
pub(super) fn revoker(by: &Person) -> String {
    if by.is_bot() {
        "the bot (the member left the server)".to_owned()
    } else {
        mention(by.id)
    }
}

/// "in 5 minutes", "2 days ago".
pub(super) fn relative(at: Timestamp) -> String {
    format!("<t:{}:R>", at.as_second())
}

/// "23 November 2026 10:07".
pub(super) fn moment(at: Timestamp) -> String {
    format!("<t:{}:f>", at.as_second())
}

pub(super) fn counted(count: u32, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    }
}

/// The two greatest units that a duration has: "1 hour 30 minutes".
pub(super) fn lasting(duration: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let mut rest = duration.as_secs();
    let mut parts = Vec::new();
    for (seconds, unit) in UNITS {
        let count = rest / seconds;
        rest %= seconds;
        match count {
            0 => {}
            1 => parts.push(format!("1 {unit}")),
            _ => parts.push(format!("{count} {unit}s")),
        }
    }
    parts.truncate(2);
    if parts.is_empty() {
        return "no time".to_owned();
    }
    parts.join(" ")
}

/// The request's number and device, for titles: a device name holds no markup.
pub(super) fn title(before: &str, request: &DeviceRequest) -> String {
    format!("{before} {} · {}", request.id, request.device)
}

pub(super) fn node_name(node: &JoinedNode) -> String {
    code(&node.name, 80)
}

/// At most four: a node has one IPv4 and one IPv6 address.
pub(super) fn addresses(node: &JoinedNode) -> String {
    let shown: Vec<_> = node
        .addresses
        .iter()
        .take(4)
        .map(|address| format!("`{address}`"))
        .collect();
    shown.join(", ")
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
