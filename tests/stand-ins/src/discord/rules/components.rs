//! Components of messages: rows of buttons, or of one select. What the bot sends none of (links, menus of people and
//! roles, Components V2) is refused.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::form::{Form, join};

/// Checks the rows of a message and returns them with ids filled in.
pub(super) fn check(form: &mut Form, rows: &[Value]) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    for (n, row) in rows.iter().enumerate() {
        let at = format!("components.{n}");
        if form.number(&at, row, "type") == Some(1) {
            check_row(form, &at, row, &mut seen);
        } else {
            form.choices(&join(&at, "type"), "1");
        }
    }
    let mut kept = rows.to_vec();
    let mut next = 1;
    for component in &mut kept {
        number(component, &mut next);
    }
    kept
}

fn check_row(form: &mut Form, at: &str, row: &Value, seen: &mut BTreeSet<String>) {
    form.only(at, row, &["type", "id", "components"]);
    let inside = form.list(at, row, ("components", 5)).unwrap_or_default();
    if inside.is_empty() {
        form.length_between(&join(at, "components"), 1, 5);
    }
    if inside.len() > 1 && inside.iter().any(|component| component["type"] == 3) {
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
            Some(3) => check_select(form, &at, component),
            Some(_) | None => form.choices(&join(&at, "type"), "2, 3"),
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
        "disabled",
    ];
    form.only(at, button, &known);
    form.bounded(at, button, ("label", 0, 80));
    form.flag(at, button, "disabled");
    if !matches!(form.number(at, button, "style"), Some(1..=4)) {
        form.choices(&join(at, "style"), "1, 2, 3, 4");
    }
    if form.bounded(at, button, ("custom_id", 1, 100)).is_none() {
        form.required(&join(at, "custom_id"));
    }
    let said = button["label"]
        .as_str()
        .is_some_and(|label| !label.trim().is_empty());
    if !said && !button["emoji"].is_object() {
        let message = "A button must have a label or emoji";
        form.wrong(at, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", message);
    }
}

fn check_select(form: &mut Form, at: &str, select: &Value) {
    form.bounded(at, select, ("placeholder", 0, 150));
    if form.bounded(at, select, ("custom_id", 1, 100)).is_none() {
        form.required(&join(at, "custom_id"));
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
