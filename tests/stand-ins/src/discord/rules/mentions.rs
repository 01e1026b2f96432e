//! `allowed_mentions`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::form::{Form, join};
use crate::discord::model::Id;

const KINDS: [&str; 3] = ["everyone", "roles", "users"];

#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedMentions {
    pub(crate) parse: BTreeSet<String>,
    pub(crate) users: BTreeSet<Id>,
    pub(crate) roles: BTreeSet<Id>,
}

impl AllowedMentions {
    /// The default of a bot that says nothing: everything, or users only in
    /// answers to interactions.
    pub(crate) fn unsaid(interaction: bool) -> Self {
        let kinds = if interaction { &KINDS[2..] } else { &KINDS[..] };
        Self {
            parse: kinds.iter().map(|&kind| kind.to_owned()).collect(),
            ..Self::default()
        }
    }
}

/// Reads the field; `None` when the bot left it out.
pub(super) fn parse(form: &mut Form, body: &Value) -> Option<AllowedMentions> {
    let at = "allowed_mentions";
    let given = body.get(at).filter(|value| !value.is_null())?;
    if !given.is_object() {
        form.wrong(
            at,
            "MODEL_TYPE_CONVERT",
            "Only dictionaries may be used in a ModelType",
        );
        return None;
    }
    form.only(at, given, &["parse", "users", "roles", "replied_user"]);
    form.flag(at, given, "replied_user");
    let mut allowed = AllowedMentions::default();
    for (n, kind) in form
        .list(at, given, ("parse", 3))
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        match kind.as_str().filter(|kind| KINDS.contains(kind)) {
            Some(kind) => drop(allowed.parse.insert(kind.to_owned())),
            None => form.choices(&format!("{at}.parse.{n}"), "'roles', 'users', 'everyone'"),
        }
    }
    allowed.users = ids(form, given, "users");
    allowed.roles = ids(form, given, "roles");
    for (kind, named) in [("users", &allowed.users), ("roles", &allowed.roles)] {
        if allowed.parse.contains(kind) && !named.is_empty() {
            let message =
                format!("parse:[\"{kind}\"] and {kind}: [ids...] are mutually exclusive.");
            form.wrong(at, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", &message);
        }
    }
    Some(allowed)
}

fn ids(form: &mut Form, given: &Value, key: &str) -> BTreeSet<Id> {
    let mut ids = BTreeSet::new();
    let at = "allowed_mentions";
    for (n, entry) in form
        .list(at, given, (key, 100))
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        match snowflake(entry) {
            Some(id) => drop(ids.insert(id)),
            None => not_snowflake(form, &format!("{}.{n}", join(at, key)), entry),
        }
    }
    ids
}

/// A snowflake as a string or, tolerated, a number.
pub(super) fn snowflake(value: &Value) -> Option<Id> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

pub(super) fn not_snowflake(form: &mut Form, path: &str, value: &Value) {
    let message = format!("Value {value} is not snowflake.");
    form.wrong(path, "NUMBER_TYPE_COERCE", &message);
}
