//! Modals: text inputs in rows, or labels.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    components,
    form::{Form, join},
};

/// Component types a label may hold.
const IN_LABEL: [i64; 11] = [3, 4, 5, 6, 7, 8, 19, 20, 21, 22, 23];

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
    match form.number(at, row, "type") {
        Some(1) => {
            form.only(at, row, &["type", "id", "components"]);
            let inside = form.list(at, row, ("components", 1)).unwrap_or_default();
            if inside.is_empty() {
                form.length_between(&join(at, "components"), 1, 1);
            }
            for (n, input) in inside.iter().enumerate() {
                let at = format!("{at}.components.{n}");
                if input["type"] == 4 {
                    check_input(form, &at, input, true);
                } else {
                    form.choices(&join(&at, "type"), "4");
                }
                components::unique(form, &at, input, seen);
            }
        }
        Some(18) => check_label(form, at, row, seen),
        Some(10) => drop(form.bounded(at, row, ("content", 1, 4000))),
        Some(_) | None => form.choices(&join(at, "type"), "1, 10, 18"),
    }
}

fn check_label(form: &mut Form, at: &str, label: &Value, seen: &mut BTreeSet<String>) {
    form.only(
        at,
        label,
        &["type", "id", "label", "description", "component"],
    );
    if form.bounded(at, label, ("label", 1, 45)).is_none() {
        form.required(&join(at, "label"));
    }
    form.bounded(at, label, ("description", 0, 100));
    let inner = &label["component"];
    let at = join(at, "component");
    match form.number(&at, inner, "type") {
        Some(4) => check_input(form, &at, inner, false),
        Some(kind @ (3 | 5..=8)) => components::check_select(form, &at, inner, kind),
        Some(kind) if IN_LABEL.contains(&kind) => {}
        Some(_) | None => form.choices(&join(&at, "type"), "3, 4, 5, 6, 7, 8, 19, 20, 21, 22, 23"),
    }
    components::unique(form, &at, inner, seen);
}

fn check_input(form: &mut Form, at: &str, input: &Value, labelled: bool) {
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
    if form.bounded(at, input, ("custom_id", 1, 100)).is_none() {
        form.required(&join(at, "custom_id"));
    }
    if labelled && form.bounded(at, input, ("label", 1, 45)).is_none() {
        form.required(&join(at, "label"));
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
