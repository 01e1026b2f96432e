//! Components of messages: rows of buttons or one select.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::form::{Form, join};

/// Select menus of every kind.
const SELECTS: [i64; 5] = [3, 5, 6, 7, 8];
/// Component types that need the V2 flag.
const V2_ONLY: [i64; 7] = [9, 10, 11, 12, 13, 14, 17];

/// Checks the rows of a classic message and returns them with ids filled in.
pub(super) fn check(form: &mut Form, rows: &[Value], v2: bool) -> Vec<Value> {
    if v2 {
        check_v2(form, rows);
    } else {
        check_rows(form, rows);
    }
    let mut kept = rows.to_vec();
    let mut next = 1;
    for component in &mut kept {
        number(component, &mut next);
    }
    kept
}

fn check_rows(form: &mut Form, rows: &[Value]) {
    if rows.len() > 5 {
        form.too_long("components", 5);
    }
    let mut seen = BTreeSet::new();
    for (n, row) in rows.iter().enumerate() {
        let at = format!("components.{n}");
        let kind = form.number(&at, row, "type");
        if kind != Some(1) {
            let allowed = if kind.is_some_and(|kind| V2_ONLY.contains(&kind)) {
                "1 (other top-level components need the IS_COMPONENTS_V2 flag)"
            } else {
                "1"
            };
            form.choices(&join(&at, "type"), allowed);
            continue;
        }
        check_row(form, &at, row, &mut seen);
    }
}

/// Components V2 get the checks that apply to them all; the bot sends none.
fn check_v2(form: &mut Form, components: &[Value]) {
    let mut total = 0;
    let mut queue: Vec<&Value> = components.iter().collect();
    while let Some(component) = queue.pop() {
        total += 1;
        queue.extend(component["components"].as_array().into_iter().flatten());
        queue.extend(component.get("accessory"));
    }
    if total > 40 {
        form.too_long("components", 40);
    }
    for (n, component) in components.iter().enumerate() {
        if form
            .number(&format!("components.{n}"), component, "type")
            .is_none()
        {
            form.required(&format!("components.{n}.type"));
        }
    }
}

fn check_row(form: &mut Form, at: &str, row: &Value, seen: &mut BTreeSet<String>) {
    form.only(at, row, &["type", "id", "components"]);
    let inside = form.list(at, row, ("components", 5)).unwrap_or_default();
    if inside.is_empty() {
        form.length_between(&join(at, "components"), 1, 5);
    }
    let selects = inside
        .iter()
        .filter(|c| c["type"].as_i64().is_some_and(|t| SELECTS.contains(&t)));
    if selects.count() > 0 && inside.len() > 1 {
        let message = "The specified component exceeds the maximum width";
        form.wrong(
            &join(at, "components"),
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            message,
        );
    }
    for (n, component) in inside.iter().enumerate() {
        let at = format!("{at}.components.{n}");
        match form.number(&at, component, "type") {
            Some(2) => check_button(form, &at, component),
            Some(kind) if SELECTS.contains(&kind) => check_select(form, &at, component, kind),
            Some(_) | None => form.choices(&join(&at, "type"), "2, 3, 5, 6, 7, 8"),
        }
        unique(form, &at, component, seen);
    }
}

/// A `custom_id` names one component of a message, disabled ones included.
pub(super) fn unique(form: &mut Form, at: &str, component: &Value, seen: &mut BTreeSet<String>) {
    if let Some(custom_id) = component["custom_id"].as_str()
        && !seen.insert(custom_id.into())
    {
        let message = "Component custom id cannot be duplicated";
        form.wrong(
            &join(at, "custom_id"),
            "COMPONENT_CUSTOM_ID_DUPLICATED",
            message,
        );
    }
}

fn check_button(form: &mut Form, at: &str, button: &Value) {
    let known = [
        "type",
        "id",
        "style",
        "label",
        "emoji",
        "custom_id",
        "sku_id",
        "url",
        "disabled",
    ];
    form.only(at, button, &known);
    form.bounded(at, button, ("label", 0, 80));
    form.flag(at, button, "disabled");
    let style = form.number(at, button, "style");
    let custom_id = form.bounded(at, button, ("custom_id", 1, 100));
    let url = form.bounded(at, button, ("url", 1, 512));
    match style {
        Some(1..=4) => {
            if custom_id.is_none() {
                form.required(&join(at, "custom_id"));
            }
            if url.is_some() {
                exclusive(form, at);
            }
        }
        Some(5) => {
            if url.is_none() {
                form.required(&join(at, "url"));
            }
            if custom_id.is_some() {
                exclusive(form, at);
            }
        }
        Some(6) => {}
        Some(_) | None => form.choices(&join(at, "style"), "1, 2, 3, 4, 5, 6"),
    }
    let said = button["label"]
        .as_str()
        .is_some_and(|label| !label.trim().is_empty());
    if !said && !button["emoji"].is_object() && style != Some(6) {
        let message = "A button must have a label or emoji";
        form.wrong(at, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", message);
    }
}

fn exclusive(form: &mut Form, at: &str) {
    let message = "A custom id and url cannot both be specified";
    form.wrong(
        at,
        "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
        message,
    );
}

pub(super) fn check_select(form: &mut Form, at: &str, select: &Value, kind: i64) {
    form.bounded(at, select, ("placeholder", 0, 150));
    if form.bounded(at, select, ("custom_id", 1, 100)).is_none() {
        form.required(&join(at, "custom_id"));
    }
    if kind != 3 {
        return;
    }
    let options = form.list(at, select, ("options", 25)).unwrap_or_default();
    if options.is_empty() {
        form.required(&join(at, "options"));
    }
    let mut values = BTreeSet::new();
    for (n, option) in options.iter().enumerate() {
        let at = format!("{at}.options.{n}");
        form.only(
            &at,
            option,
            &["label", "value", "description", "emoji", "default"],
        );
        form.bounded(&at, option, ("description", 0, 100));
        for key in ["label", "value"] {
            if form.bounded(&at, option, (key, 1, 100)).is_none() {
                form.required(&join(&at, key));
            }
        }
        if !values.insert(option["value"].as_str()) {
            let message = "The specified option value is already used";
            form.wrong(
                &join(&at, "value"),
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                message,
            );
        }
    }
}

/// Discord numbers components and drops nulls.
fn number(component: &mut Value, next: &mut u64) {
    let Some(object) = component.as_object_mut() else {
        return;
    };
    object.retain(|_, value| !value.is_null());
    object.entry("id").or_insert_with(|| json!(*next));
    *next += 1;
    let inside = object.get_mut("components").and_then(Value::as_array_mut);
    for inner in inside.into_iter().flatten() {
        number(inner, next);
    }
}
