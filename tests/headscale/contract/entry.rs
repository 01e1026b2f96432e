//! The API key that stops being good, and its successor.

use headscale_usher::headscale::{ApiKey, Error};
use stand_ins::headscale::Release;

use super::Scene;
use crate::subject::client_with;

pub(super) async fn a_new_key_in_the_file_is_picked_up() {
    let scene = Scene::new().await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(&file, scene.headscale.api_key()).expect("written");
    let key = ApiKey::File(file.path().to_owned());
    let client = client_with(&scene.headscale.url(), key);
    assert!(client.list_nodes().await.is_ok());
    scene.headscale.revoke_api_key();
    assert_eq!(client.list_nodes().await, Err(Error::Unauthorised));
    std::fs::write(&file, scene.headscale.new_api_key()).expect("written");
    assert!(client.create_key(&scene.order()).await.is_ok());
    assert_eq!(scene.headscale.keys().len(), 1);
    scene.finish();
}

pub(super) async fn a_refused_key_is_not_tried_again_at_once() {
    let scene = Scene::new().await;
    scene.headscale.revoke_api_key();
    for _ in 0..100 {
        let error = scene.client.list_nodes().await.expect_err("refused");
        assert!(error.is_unauthorised() && !error.is_transient());
        assert_eq!(
            error.to_string(),
            "Headscale refused the API key: it is wrong, expired or revoked"
        );
    }
    assert_eq!(scene.headscale.count("GET", "/api/v1/node"), 1);
    scene.finish();
}

pub(super) async fn an_expired_api_key_is_said_so() {
    for release in Release::ALL {
        let scene = Scene::of(release).await;
        scene
            .headscale
            .api_key_expires(headscale_usher::clock::Clock::system().now());
        assert_eq!(scene.create_key().await, Error::Unauthorised);
        scene.finish();
    }
}
