//! Reading as people do: plain text, QR images, and messages that a test has not looked at.

use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};
use qrcode::{Color, QrCode};
use serde_json::json;
use stand_ins::discord::Discord;

use crate::raw::Raw;

/// A code of eight pixels a module with a quiet zone of four modules.
fn qr(text: &str) -> Vec<u8> {
    let code = QrCode::new(text).unwrap();
    let (modules, side) = (u32::try_from(code.width()).unwrap(), 8);
    let picture = GrayImage::from_fn((modules + 8) * side, (modules + 8) * side, |x, y| {
        let at = |pixel: u32| {
            (pixel / side)
                .checked_sub(4)
                .filter(|module| *module < modules)
        };
        let dark = at(x)
            .zip(at(y))
            .is_some_and(|(x, y)| code[(x as usize, y as usize)] == Color::Dark);
        Luma([if dark { 0 } else { 255 }])
    });
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).unwrap();
    png.into_inner()
}

#[tokio::test]
async fn a_person_scans_the_image_of_a_letter() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let alice = discord.member("alice");
    let body = json!({"recipient_id": alice.id().to_string()});
    let channel = raw.post("/users/@me/channels", &body).await.1["id"].clone();
    let path = format!("/channels/{}/messages", channel.as_str().unwrap());
    let body = json!({
        "embeds": [{"title": "Your key", "image": {"url": "attachment://key.png"}}],
        "attachments": [{"id": 0, "filename": "key.png", "description": "QR code"}],
    });
    let (_, posted) = raw
        .upload(
            &path,
            &body,
            &[("files[0]", "key.png", qr("hskey-auth-abc"))],
        )
        .await;
    let letter = alice.letter().await;
    assert_eq!(letter.scan().as_deref(), Some("hskey-auth-abc"));
    assert_eq!(
        letter.text(),
        "│ # Your key\n│ 🖼 attachment://key.png\n📎 key.png (QR code)"
    );
    assert!(posted["attachments"][0]["width"].as_u64().unwrap() > 100);
    let url = posted["embeds"][0]["image"]["url"].as_str().unwrap();
    let served = reqwest::get(url).await.unwrap().bytes().await.unwrap();
    assert_eq!(Some(served.to_vec()), letter.qr_png());
}

#[tokio::test]
async fn the_text_of_a_message_is_what_a_person_reads() {
    let discord = Discord::start().await;
    let raw = Raw::new(&discord);
    let alice = discord.member("alice");
    let (role, admin) = (discord.approver_role_id(), discord.admin_channel_id());
    let soon = discord.world(|world| world.now().as_second()) + 3 * 24 * 3600;
    let body = json!({
        "content": format!("<@&{role}> <@{}> in <#{admin}> a < b <t:{soon}:R>", alice.id()),
        "allowed_mentions": {"parse": []},
        "embeds": [{
            "title": "Device request #1", "description": "line one\nline two",
            "fields": [{"name": "Why", "value": "> work\n> more"}, {"name": "Who", "value": "x"}],
            "footer": {"text": "keys last an hour"},
        }],
        "components": [{"type": 1, "components": [
            {"type": 2, "style": 3, "label": "Approve", "custom_id": "a", "emoji": {"name": "✅"}},
            {"type": 2, "style": 4, "label": "Deny…", "custom_id": "d", "disabled": true},
        ]}],
    });
    raw.post(&format!("/channels/{admin}/messages"), &body)
        .await;
    assert_eq!(discord.unread().len(), 1);
    assert_eq!(
        discord.card().await.text(),
        "@approvers @alice in #device-requests a < b in 3 days
│ # Device request #1
│ line one
│ line two
│ Why:
│ > work
│ > more
│ Who: x
│ (keys last an hour)
[✅ Approve] [Deny… (off)]"
    );
    assert!(discord.unread().is_empty());
}
