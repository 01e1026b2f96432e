//! Behaviours of devices that the bot relies on.

use headscale_usher::domain::NodeId;
use headscale_usher::headscale::{Error, RegistrationId, Release};
use jiff::SignedDuration;
use secrecy::ExposeSecret;

use super::{issue, listed};
use crate::subject::{Subject, unique};

async fn signed_in(subject: &Subject, hostname: &str) -> NodeId {
    let user = subject.user("owner").await;
    let id = subject.pending_sign_in(&user.name, hostname).await;
    let name = user.name.parse().expect("a user's name");
    let node = subject.client().register_node(&name, &id).await;
    node.expect("a sign-in is let in").id
}

/// A DNS label that nobody else in this run has.
fn label(name: &str) -> String {
    unique(name).as_str().to_owned()
}

pub(super) async fn a_sign_in_becomes_a_node_once(subject: &Subject) {
    let user = subject.user("jan").await;
    let hostname = label("phone");
    let id: RegistrationId = subject.pending_sign_in(&user.name, &hostname).await;
    let name = user.name.parse().expect("a user's name");
    let client = subject.client();
    let node = client
        .register_node(&name, &id)
        .await
        .expect("a sign-in is let in");
    assert_eq!(
        (node.user, node.user_name.as_str()),
        (Some(user.id), user.name.as_str())
    );
    assert_eq!(node.given_name, hostname);
    assert_eq!((node.addresses.len(), node.preauth_key), (2, None));
    let nodes = client.list_nodes().await.expect("nodes can be listed");
    assert!(
        nodes
            .iter()
            .any(|listed| listed.id == node.id && listed.given_name == hostname)
    );
    let again = client.register_node(&name, &id).await.expect_err("refused");
    assert!(again.is_not_found(), "{again:?}");
}

pub(super) async fn a_sign_in_for_an_unknown_user_is_refused(subject: &Subject) {
    let user = subject.user("kurt").await;
    let id = subject.pending_sign_in(&user.name, &label("phone")).await;
    let error = subject
        .client()
        .register_node(&unique("nobody"), &id)
        .await
        .expect_err("refused");
    assert!(error.is_not_found(), "{error:?}");
}

pub(super) async fn a_node_is_renamed_unless_the_name_is_taken(subject: &Subject) {
    let client = subject.client();
    let one = signed_in(subject, &label("one")).await;
    let other = signed_in(subject, &label("other")).await;
    let name = label("kitchen");
    let renamed = client.rename_node(one, &name).await.expect("a free name");
    assert_eq!(renamed.given_name, name);
    let taken = client.rename_node(other, &name).await.expect_err("refused");
    assert!(taken.is_conflict(), "{taken:?}");
    assert_eq!(
        client
            .rename_node(one, &name)
            .await
            .map(|node| node.given_name),
        Ok(name)
    );
}

pub(super) async fn a_name_that_no_node_may_have_is_refused(subject: &Subject) {
    let node = signed_in(subject, &label("plain")).await;
    for odd in ["Bad_Name", "white space", "a/b"] {
        let error = subject
            .client()
            .rename_node(node, odd)
            .await
            .expect_err("refused");
        assert!(!error.is_conflict() && !error.is_not_found(), "{error:?}");
    }
}

/// No policy knows any tag here, which only the later releases ask for.
pub(super) async fn a_node_gets_only_tags_that_the_policy_knows(subject: &Subject) {
    let client = subject.client();
    let node = signed_in(subject, &label("tagged")).await;
    let tags = ["tag:guest".parse().expect("a tag")];
    let tagged = client.tag_node(node, &tags).await;
    if client.release().await.expect("a release") < Release::V0_28 {
        let tagged = tagged.expect("any tag will do");
        assert_eq!(
            (tagged.id, tagged.tags),
            (node, vec!["tag:guest".to_owned()])
        );
    } else {
        let error = tagged.expect_err("refused");
        assert!(!error.is_transient() && !error.is_not_found(), "{error:?}");
    }
}

pub(super) async fn a_node_is_expired(subject: &Subject) {
    let node = signed_in(subject, &label("old")).await;
    let before = headscale_usher::clock::Clock::system().now() - SignedDuration::from_secs(5);
    let expired = subject
        .client()
        .expire_node(node)
        .await
        .expect("a node can be expired");
    let at = expired.expiry.expect("it has an end");
    assert!(
        at > before
            && at <= headscale_usher::clock::Clock::system().now() + SignedDuration::from_secs(5),
        "{at}"
    );
}

pub(super) async fn a_node_is_deleted_and_stays_deleted(subject: &Subject) {
    let client = subject.client();
    let node = signed_in(subject, &label("lost")).await;
    assert_eq!(client.delete_node(node).await, Ok(()));
    let nodes = client.list_nodes().await.expect("nodes can be listed");
    assert!(nodes.iter().all(|listed| listed.id != node));
    assert_eq!(client.delete_node(node).await, Ok(()));
}

pub(super) async fn a_missing_node_is_not_found(subject: &Subject) {
    let client = subject.client();
    let missing = NodeId(999_999);
    let errors: [Error; 2] = [
        client.expire_node(missing).await.expect_err("refused"),
        client
            .rename_node(missing, &label("any"))
            .await
            .expect_err("refused"),
    ];
    for error in errors {
        assert!(error.is_not_found(), "{error:?}");
    }
}

pub(super) async fn a_device_that_shows_a_link_is_let_in(subject: &Subject) {
    let user = subject.user("otto").await;
    let hostname = label("television");
    let device = subject.waiting_device(&hostname);
    let client = subject.client();
    let release = client.release().await.expect("a release");
    let home = subject.url().parse().expect("a URL");
    let id =
        RegistrationId::from_link(&device.link, &home, release).expect("a link of this release");
    let name = user.name.parse().expect("a user's name");
    let node = client
        .register_node(&name, &id)
        .await
        .expect("it is let in");
    assert_eq!((node.user, node.given_name), (Some(user.id), hostname));
    assert!(device.comes_in());
}

pub(super) async fn a_used_key_says_so_and_is_known_by_its_node(subject: &Subject) {
    let user = subject.user("lena").await;
    let key = issue(subject, &user).await;
    let hostname = label("laptop");
    assert_eq!(subject.join(key.secret.expose_secret(), &hostname), Ok(()));
    assert!(listed(subject, &user, key.id).await.used);
    let nodes = subject
        .client()
        .list_nodes()
        .await
        .expect("nodes can be listed");
    let node = nodes
        .iter()
        .find(|node| node.preauth_key == Some(key.id))
        .expect("its node is listed");
    assert_eq!(
        (node.user, node.given_name.as_str()),
        (Some(user.id), hostname.as_str())
    );
}

pub(super) async fn a_used_key_lets_nobody_else_in(subject: &Subject) {
    let user = subject.user("mona").await;
    let key = issue(subject, &user).await;
    assert_eq!(
        subject.join(key.secret.expose_secret(), &label("first")),
        Ok(())
    );
    let words = subject
        .join(key.secret.expose_secret(), &label("second"))
        .expect_err("refused");
    assert!(words.contains("authkey already used"), "{words}");
}

pub(super) async fn an_expired_key_lets_nobody_in(subject: &Subject) {
    let user = subject.user("nora").await;
    let key = issue(subject, &user).await;
    assert_eq!(subject.client().expire_key(key.id, user.id).await, Ok(()));
    let words = subject
        .join(key.secret.expose_secret(), &label("late"))
        .expect_err("refused");
    assert!(words.contains("authkey expired"), "{words}");
    assert!(!listed(subject, &user, key.id).await.used);
}
