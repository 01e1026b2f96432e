//! The release: how the client finds it out, and upgrades while the bot runs.

use std::time::Duration;

use headscale_usher::headscale::{Error, Headscale};
use stand_ins::headscale as stand_in;
use stand_ins::headscale::{Canned, Fault, Release, When};

use super::{KEYS, Scene};
use crate::subject::{Subject, Way, client_of, played};

pub(super) async fn the_release_is_found_without_its_word() {
    for release in Release::ALL {
        let headscale = stand_in::Headscale::start(release).await;
        headscale.calls_itself("dev");
        let found = client_of(&headscale.url(), &headscale.api_key())
            .release()
            .await;
        assert_eq!(found.expect("a release").to_string(), release.to_string());
        // A proxy that hides the page.
        headscale.fault("GET", "/version", Fault::html(404));
        let found = client_of(&headscale.url(), &headscale.api_key())
            .release()
            .await;
        assert_eq!(found.expect("a release").to_string(), release.to_string());
        assert_eq!(headscale.complaints(), Vec::<String>::new());
    }
}

pub(super) async fn a_release_that_is_too_old_is_refused_by_name() {
    let scene = Scene::new().await;
    scene.headscale.calls_itself("v0.25.1");
    let error = scene.client.release().await.expect_err("too old");
    assert_eq!(
        error.to_string(),
        "Headscale 0.25 is too old: 0.26 is the oldest supported release"
    );
    assert!(!error.is_transient());
    // It had no such page, but a list of routes.
    let scene = Scene::of(Release::V0_26).await;
    let routes = Canned::new(200, "application/json", "{\"routes\":[]}");
    scene
        .headscale
        .fault("GET", "/api/v1/routes", Fault::Answer(routes));
    let error = scene.client.release().await.expect_err("too old");
    assert!(matches!(error, Error::TooOld { .. }), "{error:?}");
}

pub(super) async fn something_else_is_not_taken_for_headscale() {
    let scene = Scene::new().await;
    scene.headscale.fault_always("*", "/**", Fault::html(200));
    assert_eq!(scene.client.release().await, Err(Error::NotHeadscale));
    scene.headscale.clear_faults();
    scene.headscale.fault_always("*", "/**", Fault::html(404));
    assert_eq!(scene.client.release().await, Err(Error::NotHeadscale));
    scene.headscale.clear_faults();
    scene.headscale.fault_always("*", "/**", Fault::html(502));
    assert_eq!(scene.client.release().await, Err(Error::Unavailable(502)));
}

/// The bot keeps running while the operator upgrades, one release after the other; every key that it expires is
/// really expired.
pub(super) async fn an_upgrade_is_noticed() {
    let scene = Scene::of(Release::V0_26).await;
    for release in Release::ALL {
        let key = scene
            .client
            .create_key(&scene.order())
            .await
            .expect("a key can be made");
        scene.headscale.upgrade_to(release);
        assert_eq!(
            scene.client.expire_key(key.id, scene.user.id).await,
            Ok(()),
            "{release}"
        );
        assert!(scene.headscale.live_keys().is_empty(), "{release}");
        let link = scene.headscale.pending_sign_in("phone");
        let known = scene.client.release().await.expect("a release");
        assert_eq!(
            known >= headscale_usher::headscale::Release::V0_28,
            release >= Release::V0_28
        );
        drop(link);
    }
}

pub(super) async fn a_downgrade_is_noticed() {
    let scene = Scene::of(Release::V0_28).await;
    let key = scene
        .client
        .create_key(&scene.order())
        .await
        .expect("a key can be made");
    scene.headscale.upgrade_to(Release::V0_27);
    let keys = scene
        .client
        .list_keys(&[scene.user.id])
        .await
        .expect("keys can be listed");
    assert_eq!(keys.first().map(|listed| listed.id), Some(key.id));
}

/// The program knows its own version, whoever is away.
pub(super) async fn a_program_without_its_server_is_not_usable() {
    for release in Release::ALL {
        let subject = Subject::stand_in(release, Way::Program).await;
        let headscale = subject.stand_in_itself().expect("a stand-in");
        let client = subject.client();
        assert!(client.api_key_standing().await.is_ok(), "{release}");
        headscale.down().await;
        assert!(client.release().await.is_ok(), "{release}");
        let error = client.api_key_standing().await.expect_err("nobody answers");
        assert!(error.is_transient(), "{release}: {error}");
        assert_eq!(headscale.complaints(), Vec::<String>::new());
    }
}

/// Killing what runs it, such as `docker exec`, does not kill it.
pub(super) async fn the_key_of_a_program_that_outlives_its_caller_is_known() {
    let scene = Scene::new().await;
    let connecting = scene.headscale.hold("GET", "/version", When::Before);
    let making = scene.headscale.hold("POST", KEYS, When::After);
    let run = ["sh", "-c", "\"$@\" & wait", "sh"].map(str::to_owned);
    let command = [run.to_vec(), played(&scene.headscale)].concat();
    let client = Headscale::through_program(command, Duration::from_millis(100));
    let order = scene.order();
    let error = client.create_key(&order).await.expect_err("no answer");
    assert!(error.outcome_unknown(), "{error:?}");
    connecting.arrived().await;
    connecting.release();
    making.arrived().await;
    let keys = scene.headscale.keys();
    let late = keys[0]
        .expiration
        .map(|at| at.duration_since(order.expiration));
    let slack = client.expiry_slack();
    assert!(
        late.is_some_and(|late| late.unsigned_abs() <= slack),
        "{late:?}"
    );
}
