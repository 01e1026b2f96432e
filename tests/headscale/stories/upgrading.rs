//! The operator upgrades Headscale under the running bot, and keeps its data.

use std::path::PathBuf;

use super::played::joined;
use super::scene::Scene;

/// A call in the old form may be taken by the new release, and do nothing.
pub(crate) async fn a_key_of_before_is_taken_back(mut scene: Scene, new: PathBuf) {
    scene.start().await;
    let card = scene.approved().await;
    let key = scene.key().await;
    let card = scene.stage.discord.message_says(&card, "Key sent").await;
    scene.upgrade(&new);
    assert_eq!((scene.keys().await.len(), scene.live_keys().await), (1, 1));
    scene.revoke(&card).await;
    scene.letter_without_key("has been revoked").await;
    assert_eq!(scene.live_keys().await, 0);
    scene.finish(&[&key]).await;
}

pub(crate) async fn a_device_joins_with_a_key_of_before(mut scene: Scene, new: PathBuf) {
    scene.start().await;
    let card = scene.approved().await;
    let key = scene.key().await;
    scene.upgrade(&new);
    scene
        .join(&key, "alices-thinkpad")
        .await
        .expect("the key works");
    let card = joined(&scene, &card, "laptop").await;
    scene.letter_without_key("is online").await;
    scene.revoke(&card).await;
    scene.letter_without_key("has been revoked").await;
    scene.finish(&[&key]).await;
}
