//! The question to the approvers about a member who left the server, and what became of it. One message per departure.

use super::command::platform_name;
use super::escape::{code, escape};
use super::sheet::{Mood, Sheet};
use super::words::{counted, mention, relative, revoker};
use super::{Face, button};
use crate::domain::{Departure, DepartureState, DeviceRequest, Person, Status};
use crate::domain::{OnRevoke, Rules};

/// More would not be read.
const SHOWN: usize = 8;

/// The card as it should look now. Nobody is mentioned by it.
pub fn departure(departure: &Departure, devices: &[DeviceRequest], rules: &Rules) -> Face {
    let name = escape(&departure.person.name, 80);
    let title = format!("Departure {} · {name}", departure.id);
    let sheet = Sheet::new(title, mood(&departure.state))
        .line(status_line(departure, devices))
        .field("Who", who(departure))
        .field("Devices", listed(devices))
        .field("Expire all", effect(departure, rules));
    Face::sheet(None, sheet).buttons(button::row(match departure.state {
        DepartureState::Asking => {
            vec![button::expire_all(departure.id), button::keep(departure.id)]
        }
        DepartureState::Missed
        | DepartureState::Kept { .. }
        | DepartureState::Expiring { .. }
        | DepartureState::Expired { .. }
        | DepartureState::Back { .. }
        | DepartureState::Over => Vec::new(),
    }))
}

/// For whoever came second, or too late.
pub fn departure_decided(departure: &Departure) -> Face {
    let since = relative(departure.updated_at);
    let happened = match &departure.state {
        DepartureState::Missed | DepartureState::Asking => "nobody has decided yet".to_owned(),
        DepartureState::Kept { by } => format!("{} kept everything {since}", mention(by.id)),
        DepartureState::Expiring { by } | DepartureState::Expired { by } => {
            format!("{} had everything expired {since}", revoker(by))
        }
        DepartureState::Back { .. } => format!("the member came back {since}"),
        DepartureState::Over => format!("nothing was left {since}"),
    };
    Face::text(format!(
        "Departure {}: {happened}. Your click changed nothing.",
        departure.id
    ))
}

fn mood(state: &DepartureState) -> Mood {
    match state {
        DepartureState::Missed | DepartureState::Asking => Mood::Waiting,
        DepartureState::Expiring { .. } => Mood::Working,
        DepartureState::Back { .. } => Mood::Good,
        DepartureState::Kept { .. } | DepartureState::Expired { .. } | DepartureState::Over => {
            Mood::Over
        }
    }
}

fn status_line(departure: &Departure, devices: &[DeviceRequest]) -> String {
    let (who, since) = (mention(departure.person.id), relative(departure.updated_at));
    let many = number(devices.len());
    match &departure.state {
        DepartureState::Missed => format!("⏳ {who} was not found in the server"),
        DepartureState::Asking => {
            format!("❓ **{many}** of {who}, who has left the server: expire all, or keep?")
        }
        DepartureState::Kept { by } => format!(
            "📌 **Kept** by {} {since} · asked again if they come back and leave, or get another device",
            mention(by.id)
        ),
        DepartureState::Expiring { by } => format!(
            "⚙️ **Expiring {many}** · {} · each request's own card says when it is done",
            asked_for(by)
        ),
        DepartureState::Expired { by } => {
            let done = devices
                .iter()
                .filter(|request| request.status() == Status::Revoked);
            let done = done.count();
            let of_all = if done == devices.len() {
                number(done)
            } else {
                format!("{done} of {many}")
            };
            format!("🚫 **Expired {of_all}** {since} · {}", asked_for(by))
        }
        DepartureState::Back { kept_by } => match kept_by {
            None => format!("↩️ **Back** · {who} was found in the server again {since}"),
            Some(by) => format!(
                "↩️ **Back** · {who} was found in the server again {since} · kept by {}",
                mention(by.id)
            ),
        },
        DepartureState::Over => {
            format!("💤 **Over** {since} · nothing of {who} was left")
        }
    }
}

fn asked_for(by: &Person) -> String {
    if by.is_bot() {
        "without asking, as the settings say".to_owned()
    } else {
        format!("asked for by {}", mention(by.id))
    }
}

fn number(devices: usize) -> String {
    counted(
        u32::try_from(devices).unwrap_or(u32::MAX),
        "device",
        "devices",
    )
}

fn who(departure: &Departure) -> String {
    let person = &departure.person;
    format!(
        "{}\n-# {} · {}\nMissing since {}",
        mention(person.id),
        escape(&person.name, 80),
        person.id,
        relative(departure.first_missing_at)
    )
}

fn listed(devices: &[DeviceRequest]) -> String {
    let mut lines: Vec<_> = devices.iter().take(SHOWN).map(line).collect();
    let more = devices.len().saturating_sub(SHOWN);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

/// How each is doing is said by its own card, which is kept true.
fn line(request: &DeviceRequest) -> String {
    let device = code(request.device.as_str(), 70);
    format!(
        "{device} · {} · {}",
        platform_name(request.platform).english,
        request.id
    )
}

/// What the button does, while it is there.
fn effect(departure: &Departure, rules: &Rules) -> String {
    if departure.state != DepartureState::Asking {
        return String::new();
    }
    let nodes = if rules.headscale.on_revoke == OnRevoke::Delete {
        "Removes their devices from the network"
    } else {
        "Signs their devices out until they get a new key"
    };
    format!("{nodes}, and makes their unused keys useless")
}
