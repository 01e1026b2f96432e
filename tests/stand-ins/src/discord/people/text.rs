//! A message as plain text: what a person reads, top to bottom. Snapshots and the
//! shop window use it.

use jiff::{Timestamp, Unit};
use serde_json::Value;

use crate::discord::model::{MessageRecord, World};

/// Content, embeds, files and buttons.
pub(super) fn of_message(world: &World, message: &MessageRecord) -> String {
    let mut lines = Vec::new();
    if message.is_loading() {
        lines.push("usher is thinking…".to_owned());
    }
    if !message.content.is_empty() {
        lines.push(plain(world, &message.content));
    }
    for embed in &message.embeds {
        lines.push(of_embed(world, embed));
    }
    for file in &message.attachments {
        let alt = file.description.as_deref().unwrap_or("no description");
        lines.push(format!("📎 {} ({alt})", file.filename));
    }
    for row in &message.components {
        lines.push(of_row(row));
    }
    lines.join("\n")
}

fn of_embed(world: &World, embed: &Value) -> String {
    let text = |value: &Value| value.as_str().map(|text| plain(world, text));
    let mut lines = Vec::new();
    lines.extend(text(&embed["author"]["name"]));
    lines.extend(text(&embed["title"]).map(|title| format!("# {title}")));
    lines.extend(text(&embed["description"]));
    for field in embed["fields"].as_array().into_iter().flatten() {
        let name = text(&field["name"]).unwrap_or_default();
        let value = text(&field["value"]).unwrap_or_default();
        let gap = if value.contains('\n') { "\n" } else { " " };
        lines.push(format!("{name}:{gap}{value}"));
    }
    lines.extend(embed["image"]["url"].as_str().map(|url| format!("🖼 {url}")));
    lines.extend(text(&embed["footer"]["text"]).map(|text| format!("({text})")));
    let shown = lines.join("\n");
    shown
        .lines()
        .map(|line| format!("│ {line}").trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

fn of_row(row: &Value) -> String {
    let inside = row["components"].as_array().into_iter().flatten();
    let shown = inside.map(|component| {
        let emoji = component["emoji"]["name"]
            .as_str()
            .map(|name| format!("{name} "));
        let label = component["label"]
            .as_str()
            .or(component["placeholder"].as_str());
        let off = if component["disabled"] == true {
            " (off)"
        } else {
            ""
        };
        format!(
            "[{}{}{off}]",
            emoji.unwrap_or_default(),
            label.unwrap_or("…")
        )
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Mentions become names, timestamps become words.
pub(super) fn plain(world: &World, text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        shown.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find('>');
        let known = end.and_then(|end| Some((end, token(world, &rest[1..end])?)));
        let (end, words) = known.unwrap_or((0, "<".into()));
        shown.push_str(&words);
        rest = &rest[end + 1..];
    }
    shown.push_str(rest);
    shown
}

fn token(world: &World, inside: &str) -> Option<String> {
    if let Some(role) = inside.strip_prefix("@&") {
        let role = role.parse().ok()?;
        let known = world
            .guilds
            .values()
            .find_map(|guild| guild.roles.get(&role));
        return Some(known.map_or("@deleted-role".into(), |role| format!("@{}", role.name)));
    }
    if let Some(user) = inside.strip_prefix('@') {
        let user = user.trim_start_matches('!').parse().ok()?;
        let known = world.users.get(&user);
        return Some(known.map_or("@unknown-user".into(), |user| format!("@{}", user.username)));
    }
    if let Some(channel) = inside.strip_prefix('#') {
        let known = world.channels.get(&channel.parse().ok()?);
        return Some(known.map_or("#unknown".into(), |channel| format!("#{}", channel.name)));
    }
    let mut stamp = inside.strip_prefix("t:")?.split(':');
    let at = Timestamp::from_second(stamp.next()?.parse().ok()?).ok()?;
    Some(match stamp.next() {
        Some("R") => relative(world.now(), at),
        Some(_) | None => at.strftime("%-d %B %Y %H:%M").to_string(),
    })
}

/// "in 3 days", "2 minutes ago", rounded as Discord rounds.
fn relative(now: Timestamp, at: Timestamp) -> String {
    let seconds = (at - now).total(Unit::Second).unwrap_or_default();
    let (ahead, gap) = (seconds >= 0.0, seconds.abs());
    let steps = [
        (45.0, 1.0, "second"),
        (2700.0, 60.0, "minute"),
        (79_200.0, 3600.0, "hour"),
        (2_246_400.0, 86_400.0, "day"),
        (27_648_000.0, 2_629_800.0, "month"),
    ];
    let found = steps.into_iter().find(|(below, _, _)| gap < *below);
    let (_, unit, word) = found.unwrap_or((0.0, 31_557_600.0, "year"));
    let count = (gap / unit).round().max(1.0);
    let words = match (count > 1.0, word) {
        (_, "second") => "a few seconds".to_owned(),
        (true, _) => format!("{count} {word}s"),
        (false, "hour") => "an hour".to_owned(),
        (false, _) => format!("a {word}"),
    };
    if ahead {
        format!("in {words}")
    } else {
        format!("{words} ago")
    }
}
