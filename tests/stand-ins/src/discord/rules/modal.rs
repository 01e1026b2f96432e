//! Modals: text inputs in rows. Labels are refused: the bot sends none.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    components,
    form::{Form, join},
};

pub(super) fn check(form: &mut Form, modal: &Value) {
    let at = "data";
    form.only(at, modal, &["custom_id", "title", "components"]);
    for (key, max) in [("custom_id", 100), ("title", 45)] {
        if form.bounded(at, modal, (key, 1, max)).is_none() {
            form.required(&join(at, key));
        }
    }
    let rows = form.list(at, modal, ("components", 5)).unwrap_or_default();
    if rows.is_empty() {
        form.length_between("data.components", 1, 5);
    }
    let mut seen = BTreeSet::new();
    for (n, row) in rows.iter().enumerate() {
        check_row(form, &format!("data.components.{n}"), row, &mut seen);
    }
}

fn check_row(form: &mut Form, at: &str, row: &Value, seen: &mut BTreeSet<String>) {
    if form.number(at, row, "type") != Some(1) {
        form.choices(&join(at, "type"), "1");
        return;
    }
    form.only(at, row, &["type", "id", "components"]);
    let inside = form.list(at, row, ("components", 1)).unwrap_or_default();
    if inside.is_empty() {
        form.length_between(&join(at, "components"), 1, 1);
    }
    for (n, input) in inside.iter().enumerate() {
        let at = format!("{at}.components.{n}");
        if input["type"] == 4 {
            check_input(form, &at, input);
        } else {
            form.choices(&join(&at, "type"), "4");
        }
        components::unique(form, &at, input, seen);
    }
}

fn check_input(form: &mut Form, at: &str, input: &Value) {
    let known = [
        "type",
        "id",
        "custom_id",
        "style",
        "label",
        "min_length",
        "max_length",
        "required",
        "value",
        "placeholder",
    ];
    form.only(at, input, &known);
    for (key, max) in [("custom_id", 100), ("label", 45)] {
        if form.bounded(at, input, (key, 1, max)).is_none() {
            form.required(&join(at, key));
        }
    }
    if !matches!(form.number(at, input, "style"), Some(1 | 2)) {
        form.choices(&join(at, "style"), "1, 2");
    }
    form.bounded(at, input, ("value", 0, 4000));
    form.bounded(at, input, ("placeholder", 0, 100));
    for (key, range) in [("min_length", 0..=4000), ("max_length", 1..=4000)] {
        if form
            .number(at, input, key)
            .is_some_and(|number| !range.contains(&number))
        {
            let message = format!("int value should be between {} and 4000.", range.start());
            form.wrong(&join(at, key), "NUMBER_TYPE_RANGE", &message);
        }
    }
}
