//! Reads a message off the wire form that serenity makes of it, as a person would from the screen.

use serde_json::Value;

use crate::view::Rendered;

pub(crate) fn json(rendered: &Rendered) -> Value {
    serde_json::to_value(rendered.clone().post()).unwrap()
}

pub(crate) fn read(rendered: &Rendered) -> String {
    let message = json(rendered);
    let mut lines = Vec::new();
    if rendered.content.is_some() {
        lines.push(text(&message["content"]));
    }
    for embed in list(&message["embeds"]) {
        lines.push(format!("┌ {}", text(&embed["title"])));
        lines.extend(framed(&text(&embed["description"])));
        for field in list(&embed["fields"]) {
            lines.push(format!("├ {}", text(&field["name"])));
            lines.extend(framed(&text(&field["value"])));
        }
        if let Some(url) = embed["image"]["url"].as_str() {
            lines.push(format!("└ picture {url}"));
        }
    }
    for file in list(&message["attachments"]) {
        let (name, alt) = (text(&file["filename"]), text(&file["description"]));
        lines.push(format!("file {name}: {alt}"));
    }
    lines.extend(list(&message["components"]).iter().map(buttons));
    lines.extend(pings(&message["allowed_mentions"]));
    lines.join("\n")
}

fn buttons(row: &Value) -> String {
    const STYLES: [&str; 5] = ["", "primary", "secondary", "success", "danger"];
    let shown: Vec<_> = list(&row["components"])
        .iter()
        .map(|button| {
            let style = STYLES[usize::try_from(button["style"].as_u64().unwrap()).unwrap()];
            let (label, id) = (text(&button["label"]), text(&button["custom_id"]));
            format!("[{label}] {style} {id}")
        })
        .collect();
    shown.join("  ")
}

fn pings(mentions: &Value) -> Option<String> {
    assert_eq!(
        mentions["parse"],
        serde_json::json!([]),
        "only named people may be pinged"
    );
    let (roles, users) = (&mentions["roles"], &mentions["users"]);
    let nobody = list(roles).is_empty() && list(users).is_empty();
    (!nobody).then(|| format!("pings roles {roles} members {users}"))
}

fn framed(text: &str) -> Vec<String> {
    text.lines().map(|line| format!("│ {line}")).collect()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
