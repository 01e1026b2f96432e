//! An interaction, as Discord's JSON: whatever it holds, it is read without a panic, and what is made of it is bounded.

#![no_main]

use headscale_usher::command::Command;
use headscale_usher::domain::{DeviceName, Platform, Reason, Refusal};
use headscale_usher::interaction::read;
use headscale_usher::view;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serenity::all::Interaction;

fuzz_target!(|payload: &[u8]| {
    if serde_json::from_slice(payload).is_ok_and(|payload| has_odd_picture(&payload)) {
        return;
    }
    let Ok(interaction) = serde_json::from_slice::<Interaction>(payload) else {
        return;
    };
    let typed = match read(&interaction) {
        Some(Command::RequestDevice(ask)) => vec![ask.device, ask.platform, ask.reason],
        Some(Command::Deny { reason, .. }) => vec![reason],
        _ => return,
    };
    for text in typed {
        let refusals = [
            text.parse::<DeviceName>().err(),
            text.parse::<Platform>().err(),
            Reason::parse(&text).err(),
        ];
        refusals.into_iter().flatten().for_each(is_short);
    }
});

/// serenity 0.12.5 panics when the name of a picture has its usual length and a character of several bytes. Those names
/// are made by Discord, and nobody else's.
fn has_odd_picture(payload: &Value) -> bool {
    match payload {
        Value::String(text) => matches!(text.len(), 32 | 34) && !text.is_ascii(),
        Value::Array(items) => items.iter().any(has_odd_picture),
        Value::Object(fields) => fields.values().any(has_odd_picture),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn is_short(refusal: Refusal) {
    let shown = view::refusal(&refusal).content.unwrap_or_default();
    assert!(shown.encode_utf16().count() <= 600, "{shown}");
}
