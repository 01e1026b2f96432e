//! Embeds.

use serde_json::Value;

use super::form::{Form, join};

const KNOWN: [&str; 13] = [
    "title",
    "type",
    "description",
    "url",
    "timestamp",
    "color",
    "footer",
    "image",
    "thumbnail",
    "video",
    "provider",
    "author",
    "fields",
];
/// All text of all embeds of one message together.
const TOTAL: usize = 6000;

/// Checks the list and returns the embeds as Discord would keep them.
pub(super) fn check(form: &mut Form, list: &[Value]) -> Vec<Value> {
    let total: usize = list.iter().map(text_of).sum();
    if total > TOTAL {
        let message = "Embed size exceeds maximum size of 6000";
        form.wrong("embeds", "MAX_EMBED_SIZE_EXCEEDED", message);
    }
    for (n, embed) in list.iter().enumerate() {
        check_one(form, &format!("embeds.{n}"), embed);
    }
    list.iter().map(kept).collect()
}

fn check_one(form: &mut Form, at: &str, embed: &Value) {
    if !embed.is_object() {
        form.wrong(
            at,
            "MODEL_TYPE_CONVERT",
            "Only dictionaries may be used in a ModelType",
        );
        return;
    }
    form.only(at, embed, &KNOWN);
    form.bounded(at, embed, ("title", 0, 256));
    form.bounded(at, embed, ("description", 0, 4096));
    check_url(form, at, embed, "url", &["http://", "https://"]);
    if form
        .number(at, embed, "color")
        .is_some_and(|color| !(0..=0x00FF_FFFF).contains(&color))
    {
        let message = "int value should be less than or equal to 16777215.";
        form.wrong(&join(at, "color"), "NUMBER_TYPE_MAX", message);
    }
    if let Some(stamp) = form.text(at, embed, "timestamp")
        && stamp.parse::<jiff::Timestamp>().is_err()
    {
        let message = "Could not parse. Should be ISO8601.";
        form.wrong(&join(at, "timestamp"), "DATE_TIME_TYPE_PARSE", message);
    }
    check_parts(form, at, embed);
    check_fields(form, at, embed);
    if is_empty(embed) {
        form.required(&join(at, "description"));
    }
}

fn check_parts(form: &mut Form, at: &str, embed: &Value) {
    if let Some(footer) = embed.get("footer").filter(|part| part.is_object()) {
        let at = join(at, "footer");
        form.only(&at, footer, &["text", "icon_url", "proxy_icon_url"]);
        if form.bounded(&at, footer, ("text", 0, 2048)).is_none() {
            form.required(&join(&at, "text"));
        }
    }
    if let Some(author) = embed.get("author").filter(|part| part.is_object()) {
        let at = join(at, "author");
        form.only(&at, author, &["name", "url", "icon_url", "proxy_icon_url"]);
        if form.bounded(&at, author, ("name", 0, 256)).is_none() {
            form.required(&join(&at, "name"));
        }
    }
    for slot in ["image", "thumbnail"] {
        if let Some(picture) = embed.get(slot).filter(|part| part.is_object()) {
            let at = join(at, slot);
            form.only(&at, picture, &["url", "proxy_url", "height", "width"]);
            check_url(
                form,
                &at,
                picture,
                "url",
                &["http://", "https://", "attachment://"],
            );
        }
    }
}

fn check_fields(form: &mut Form, at: &str, embed: &Value) {
    for (n, field) in form
        .list(at, embed, ("fields", 25))
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let at = format!("{at}.fields.{n}");
        form.only(&at, field, &["name", "value", "inline"]);
        form.flag(&at, field, "inline");
        for (key, max) in [("name", 256), ("value", 1024)] {
            match form.bounded(&at, field, (key, 0, max)) {
                Some(text) if !text.trim().is_empty() => {}
                Some(_) | None => form.required(&join(&at, key)),
            }
        }
    }
}

fn check_url(form: &mut Form, at: &str, object: &Value, key: &str, schemes: &[&str]) {
    let Some(url) = form.bounded(at, object, (key, 0, 2048)) else {
        return;
    };
    if !schemes
        .iter()
        .any(|scheme| url.starts_with(scheme) && url.len() > scheme.len())
    {
        let message = format!("Not a well formed URL; the scheme must be one of {schemes:?}.");
        form.wrong(&join(at, key), "URL_TYPE_INVALID_URL", &message);
    }
}

fn is_empty(embed: &Value) -> bool {
    let filled = |key: &str| match embed.get(key) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => true,
    };
    ![
        "title",
        "description",
        "fields",
        "image",
        "thumbnail",
        "author",
        "footer",
        "url",
    ]
    .into_iter()
    .any(filled)
}

/// Characters that count towards the total.
fn text_of(embed: &Value) -> usize {
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let fields = embed["fields"].as_array().into_iter().flatten();
    length(&embed["title"])
        + length(&embed["description"])
        + length(&embed["footer"]["text"])
        + length(&embed["author"]["name"])
        + fields
            .map(|f| length(&f["name"]) + length(&f["value"]))
            .sum::<usize>()
}

/// Discord fills in `type` and `inline`, and drops nulls.
fn kept(embed: &Value) -> Value {
    let mut kept = embed.clone();
    if let Some(object) = kept.as_object_mut() {
        object.retain(|_, value| !value.is_null());
        object.insert("type".into(), "rich".into());
        if object
            .get("fields")
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty)
        {
            object.remove("fields");
        }
    }
    for field in kept
        .get_mut("fields")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if field["inline"].is_null() {
            field["inline"] = false.into();
        }
    }
    kept
}
