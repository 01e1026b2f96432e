//! The message that asks the approvers about a member who left the server, and then shows what was decided.

use super::button;
use super::command::platform_name;
use super::embed::{BoundedEmbed, Tone};
use super::escape::escape;
use super::rendered::Rendered;
use super::words::{device, introduced, mention, relative, revoker};
use crate::domain::{Departure, DepartureState, DeviceRequest, OnRevoke, Person, Rules, Status};
use crate::i18n::text;

/// Nobody would read more devices than these.
const SHOWN: usize = 8;

/// The card as it should look now. It mentions nobody.
pub(crate) fn departure(
    departure: &Departure,
    devices: &[DeviceRequest],
    rules: &Rules,
) -> Rendered {
    let is_asking = matches!(departure.state, DepartureState::Asking { .. });
    let title = text!(
        "departure-title",
        departure = departure.id.to_string(),
        name = escape(&departure.person.name, 80)
    );
    let effect = if is_asking {
        effect(rules.headscale.on_revoke)
    } else {
        String::new()
    };
    let embed = BoundedEmbed::new(title, tone(&departure.state))
        .line(status_line(departure, devices))
        .field(text!("departure-who"), who(departure))
        .field(text!("departure-list"), listed(devices))
        .field(text!("departure-expire-all"), effect);
    let buttons = if is_asking {
        button::choices(departure.id)
    } else {
        Vec::new()
    };
    Rendered::embed(None, embed).buttons(buttons)
}

/// Tells whoever clicked second, or too late, what happened.
pub(crate) fn departure_decided(departure: &Departure) -> Rendered {
    let id = departure.id.to_string();
    let since = relative(departure.updated_at);
    Rendered::text(match &departure.state {
        DepartureState::Missed | DepartureState::Asking { .. } => {
            text!("departure-decided-pending", departure = id)
        }
        DepartureState::Kept { by } => {
            let by = mention(by.id);
            text!(
                "departure-decided-kept",
                departure = id,
                by = by,
                since = since
            )
        }
        DepartureState::Expiring { by } | DepartureState::Expired { by } => {
            let by = revoker(by);
            text!(
                "departure-decided-expired",
                departure = id,
                by = by,
                since = since
            )
        }
        DepartureState::Back { .. } => {
            text!("departure-decided-back", departure = id, since = since)
        }
        DepartureState::Over => text!("departure-decided-over", departure = id, since = since),
    })
}

fn tone(state: &DepartureState) -> Tone {
    match state {
        DepartureState::Missed | DepartureState::Asking { .. } => Tone::Waiting,
        DepartureState::Expiring { .. } => Tone::Working,
        DepartureState::Back { .. } => Tone::Good,
        DepartureState::Kept { .. } | DepartureState::Expired { .. } | DepartureState::Over => {
            Tone::Over
        }
    }
}

fn status_line(departure: &Departure, devices: &[DeviceRequest]) -> String {
    let (who, since) = (mention(departure.person.id), relative(departure.updated_at));
    let count = devices.len();
    match &departure.state {
        DepartureState::Missed => text!("departure-missed", who = who),
        DepartureState::Asking { braked } => {
            let asking = text!("departure-asking", who = who, count = count);
            if *braked {
                format!("{asking}\n{}", text!("departure-braked"))
            } else {
                asking
            }
        }
        DepartureState::Kept { by } => {
            text!("departure-kept", by = mention(by.id), since = since)
        }
        DepartureState::Expiring { by } => {
            text!("departure-expiring", count = count, asked = asked(by))
        }
        DepartureState::Expired { by } => {
            let is_revoked = |request: &&DeviceRequest| request.status() == Status::Revoked;
            let done = devices.iter().filter(is_revoked).count();
            let asked = asked(by);
            if done == count {
                text!(
                    "departure-expired",
                    count = count,
                    since = since,
                    asked = asked
                )
            } else {
                text!(
                    "departure-expired-some",
                    done = done,
                    count = count,
                    since = since,
                    asked = asked
                )
            }
        }
        DepartureState::Back { kept_by: None } => {
            text!("departure-back", who = who, since = since)
        }
        DepartureState::Back { kept_by: Some(by) } => {
            text!(
                "departure-back-kept",
                who = who,
                since = since,
                by = mention(by.id)
            )
        }
        DepartureState::Over => text!("departure-over", who = who, since = since),
    }
}

fn asked(by: &Person) -> String {
    if by.is_bot() {
        text!("departure-by-rule")
    } else {
        text!("departure-asked-by", by = mention(by.id))
    }
}

fn who(departure: &Departure) -> String {
    let since = relative(departure.first_missing_at);
    let since = text!("departure-missing-since", since = since);
    format!("{}\n{since}", introduced(&departure.person))
}

/// Each device's own card says how it is doing.
fn listed(devices: &[DeviceRequest]) -> String {
    let mut lines: Vec<_> = devices.iter().take(SHOWN).map(line).collect();
    let more = devices.len().saturating_sub(SHOWN);
    if more > 0 {
        lines.push(text!("departure-more", count = more));
    }
    lines.join("\n")
}

fn line(request: &DeviceRequest) -> String {
    let platform = platform_name(request.platform).english;
    format!("{} · {platform} · {}", device(request), request.id)
}

/// Says what *Expire all* does.
fn effect(on_revoke: OnRevoke) -> String {
    let effect = match on_revoke {
        OnRevoke::Delete => "delete",
        OnRevoke::Expire => "expire",
    };
    text!("departure-effect", effect = effect)
}
