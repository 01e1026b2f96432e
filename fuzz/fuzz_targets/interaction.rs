//! An interaction, as Discord's JSON: whatever it holds, it is read without a panic, and what is made of it is bounded.

#![no_main]

use headscale_usher::command::Command;
use headscale_usher::domain::{DeviceName, Platform, Reason, Refusal};
use headscale_usher::interaction::read;
use headscale_usher::view;
use libfuzzer_sys::fuzz_target;
use serenity::all::Interaction;

fuzz_target!(|payload: &[u8]| {
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

fn is_short(refusal: Refusal) {
    let shown = view::refusal(&refusal).content.unwrap_or_default();
    assert!(shown.encode_utf16().count() <= 600, "{shown}");
}
