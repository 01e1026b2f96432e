//! Behaviours that the bot relies on, whatever the release.

#[path = "nodes.rs"]
mod nodes;

use std::future::Future;
use std::pin::Pin;

use headscale_usher::domain::{HeadscaleUserId, KeyId, Tag};
use headscale_usher::headscale::{
    ApiKeyStanding, IssuedKey, KeyOrder, NewUser, PreAuthKey, Release, User,
};
use jiff::SignedDuration;
use secrecy::ExposeSecret;

use self::nodes::{
    a_device_that_shows_a_link_is_let_in, a_missing_node_is_not_found,
    a_name_that_no_node_may_have_is_refused, a_node_gets_only_tags_that_the_policy_knows,
    a_node_is_deleted_and_stays_deleted, a_node_is_expired,
    a_node_is_renamed_unless_the_name_is_taken, a_sign_in_becomes_a_node_once,
    a_sign_in_for_an_unknown_user_is_refused, a_used_key_lets_nobody_else_in,
    a_used_key_says_so_and_is_known_by_its_node, an_expired_key_lets_nobody_in,
};
use crate::subject::{Subject, client_of, in_an_hour, unique};

type Check = for<'a> fn(&'a Subject) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// The needs of a behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    Device,
    ApiKey,
}

#[derive(Clone, Copy)]
pub(crate) struct Behaviour {
    pub(crate) name: &'static str,
    pub(crate) needs: Needs,
    pub(crate) check: Check,
}

macro_rules! behaviours {
    ($($name:ident $(: $needs:ident)?),+ $(,)?) => {
        pub(crate) const ALL: &[Behaviour] = &[$(Behaviour {
            name: stringify!($name),
            needs: [$(Needs::$needs,)? Needs::Nothing][0],
            check: |subject| Box::pin($name(subject)),
        }),+];
    };
}

behaviours![
    its_release_is_found_out,
    a_wrong_api_key_is_refused_everywhere: ApiKey,
    our_api_key_is_known_with_its_end: ApiKey,
    a_user_is_found_by_its_exact_name,
    a_user_is_found_by_its_number,
    a_user_is_made_once,
    a_key_is_single_use_and_ends_when_it_was_told_to,
    a_key_is_listed_for_its_owner_only,
    a_key_keeps_its_tags_and_its_kind,
    a_key_for_nobody_is_refused_for_certain,
    an_expired_key_is_listed_as_expired,
    a_key_can_be_expired_twice,
    a_key_that_is_not_there_cannot_be_taken_for_expired,
    a_deleted_key_is_in_no_list,
    nobodys_keys_are_none,
    a_sign_in_becomes_a_node_once,
    a_sign_in_for_an_unknown_user_is_refused,
    a_node_is_renamed_unless_the_name_is_taken,
    a_name_that_no_node_may_have_is_refused,
    a_node_gets_only_tags_that_the_policy_knows,
    a_node_is_expired,
    a_node_is_deleted_and_stays_deleted,
    a_missing_node_is_not_found,
    a_device_that_shows_a_link_is_let_in: Device,
    a_used_key_says_so_and_is_known_by_its_node: Device,
    a_used_key_lets_nobody_else_in: Device,
    an_expired_key_lets_nobody_in: Device,
];

pub(crate) fn order(user: HeadscaleUserId) -> KeyOrder {
    KeyOrder {
        user,
        expiration: in_an_hour(),
        ephemeral: false,
        tags: Vec::new(),
    }
}

pub(crate) async fn issue(subject: &Subject, user: &User) -> IssuedKey {
    let key = subject.client().create_key(&order(user.id)).await;
    key.expect("a key can be made")
}

pub(crate) async fn listed(subject: &Subject, user: &User, key: KeyId) -> PreAuthKey {
    let keys = subject
        .client()
        .list_keys(&[user.id])
        .await
        .expect("keys can be listed");
    let key = keys.into_iter().find(|listed| listed.id == key);
    key.expect("the key is listed")
}

async fn its_release_is_found_out(subject: &Subject) {
    let found = subject.client().release().await.expect("a release");
    if let Some(headscale) = subject.stand_in_itself() {
        assert_eq!(found.to_string(), headscale.release().to_string());
    }
}

async fn a_wrong_api_key_is_refused_everywhere(subject: &Subject) {
    for wrong in ["short", "abcdefg.0123456789", "hskey-api-0123456789ab-0123"] {
        let client = client_of(&subject.url(), wrong);
        let name = unique("nobody");
        let errors = [
            client.find_user(&name).await.expect_err("refused"),
            client
                .create_key(&order(HeadscaleUserId(1)))
                .await
                .expect_err("refused"),
            client
                .list_keys(&[HeadscaleUserId(1)])
                .await
                .expect_err("refused"),
            client.list_nodes().await.expect_err("refused"),
            client.api_key_standing().await.expect_err("refused"),
        ];
        for error in errors {
            assert!(
                error.is_unauthorised() && !error.outcome_unknown(),
                "{error:?}"
            );
        }
    }
}

async fn our_api_key_is_known_with_its_end(subject: &Subject) {
    let standing = subject
        .client()
        .api_key_standing()
        .await
        .expect("a standing");
    let ApiKeyStanding::ExpiresAt(at) = standing else {
        panic!("{standing:?}");
    };
    let days = at
        .duration_since(headscale_usher::clock::Clock::system().now())
        .as_hours()
        / 24;
    assert!((88..=90).contains(&days), "{days} days");
}

async fn a_user_is_found_by_its_exact_name(subject: &Subject) {
    let client = subject.client();
    let user = subject.user("alice").await;
    let name = user.name.parse().expect("a user's name");
    assert_eq!(client.find_user(&name).await, Ok(Some(user)));
    let longer = format!("{name}x").parse().expect("a user's name");
    assert_eq!(client.find_user(&longer).await, Ok(None));
}

async fn a_user_is_found_by_its_number(subject: &Subject) {
    let client = subject.client();
    let user = subject.user("berta").await;
    subject.user("bernd").await;
    assert_eq!(client.user(user.id).await, Ok(Some(user)));
    assert_eq!(client.user(HeadscaleUserId(999_999)).await, Ok(None));
}

async fn a_user_is_made_once(subject: &Subject) {
    let new = |display_name: &str| NewUser {
        name: unique("bob"),
        display_name: display_name.to_owned(),
    };
    let first = new("Bob (Discord 1)");
    let again = NewUser {
        display_name: "Another".to_owned(),
        ..first.clone()
    };
    let client = subject.client();
    let made = client
        .create_user(&first)
        .await
        .expect("a user can be made");
    assert_eq!(made.display_name, "Bob (Discord 1)");
    assert_eq!(client.create_user(&again).await, Ok(made));
}

async fn a_key_is_single_use_and_ends_when_it_was_told_to(subject: &Subject) {
    let user = subject.user("carol").await;
    let order = order(user.id);
    let key = subject
        .client()
        .create_key(&order)
        .await
        .expect("a key can be made");
    let secret = key.secret.expose_secret();
    assert!(secret.len() >= 48 && !secret.contains(char::is_whitespace));
    let listed = listed(subject, &user, key.id).await;
    assert!(!listed.used && !listed.reusable && !listed.ephemeral);
    let late = listed
        .expiration
        .map(|at| at.duration_since(order.expiration));
    let slack = subject.client().expiry_slack();
    assert!(
        late.is_some_and(|late| !late.is_negative() && late.unsigned_abs() <= slack),
        "{late:?}"
    );
    assert_eq!(listed.user, Some(user.id));
}

async fn a_key_is_listed_for_its_owner_only(subject: &Subject) {
    let (dora, emil) = (subject.user("dora").await, subject.user("emil").await);
    let (hers, his) = (issue(subject, &dora).await, issue(subject, &emil).await);
    let client = subject.client();
    let ids = async |owners: &[HeadscaleUserId]| -> Vec<KeyId> {
        let keys = client.list_keys(owners).await.expect("keys can be listed");
        keys.iter().map(|key| key.id).collect()
    };
    assert_eq!(ids(&[dora.id]).await, [hers.id]);
    assert_eq!(ids(&[emil.id]).await, [his.id]);
    assert_eq!(ids(&[dora.id, emil.id]).await, [hers.id, his.id]);
    assert_eq!(ids(&[]).await, []);
}

async fn a_key_keeps_its_tags_and_its_kind(subject: &Subject) {
    let user = subject.user("fritz").await;
    let tag = |text: &str| text.parse::<Tag>().expect("a tag");
    let order = KeyOrder {
        ephemeral: true,
        tags: vec![tag("tag:zoo"), tag("tag:ark")],
        ..order(user.id)
    };
    let key = subject
        .client()
        .create_key(&order)
        .await
        .expect("a key can be made");
    let mut listed = listed(subject, &user, key.id).await;
    listed.tags.sort();
    assert_eq!(listed.tags, ["tag:ark", "tag:zoo"]);
    assert!(listed.ephemeral);
}

async fn a_key_for_nobody_is_refused_for_certain(subject: &Subject) {
    let error = subject
        .client()
        .create_key(&order(HeadscaleUserId(999_999)))
        .await
        .expect_err("refused");
    assert!(
        error.is_not_found() && !error.outcome_unknown(),
        "{error:?}"
    );
}

async fn an_expired_key_is_listed_as_expired(subject: &Subject) {
    let user = subject.user("gerda").await;
    let key = issue(subject, &user).await;
    assert_eq!(subject.client().expire_key(key.id, user.id).await, Ok(()));
    let listed = listed(subject, &user, key.id).await;
    let soon = headscale_usher::clock::Clock::system().now() + SignedDuration::from_secs(5);
    assert!(listed.expiration.is_none_or(|at| at <= soon), "{listed:?}");
    assert!(!listed.used);
}

async fn a_key_can_be_expired_twice(subject: &Subject) {
    let user = subject.user("hans").await;
    let key = issue(subject, &user).await;
    assert_eq!(subject.client().expire_key(key.id, user.id).await, Ok(()));
    assert_eq!(subject.client().expire_key(key.id, user.id).await, Ok(()));
}

/// From 0.28 on it is named by its number and certainly not there; nobody says that it failed in a way that would be tried for ever.
async fn a_key_that_is_not_there_cannot_be_taken_for_expired(subject: &Subject) {
    let user = subject.user("ida").await;
    let outcome = subject.client().expire_key(KeyId(999_999), user.id).await;
    if let Err(error) = &outcome {
        assert!(error.is_not_found(), "{error:?}");
    }
}

/// Up to 0.27 it stays.
async fn a_deleted_key_is_in_no_list(subject: &Subject) {
    let (client, user) = (subject.client(), subject.user("jette").await);
    let (key, other) = (issue(subject, &user).await, issue(subject, &user).await);
    for _ in 0..2 {
        assert_eq!(client.delete_key(key.id).await, Ok(()));
    }
    let keys = client.list_keys(&[user.id]).await;
    let mut ids: Vec<KeyId> = keys.expect("a list").iter().map(|key| key.id).collect();
    let release = client.release().await;
    if release.expect("a release") < Release::V0_28 {
        ids.retain(|id| *id != key.id);
    }
    assert_eq!(ids, [other.id]);
}

async fn nobodys_keys_are_none(subject: &Subject) {
    assert_eq!(
        subject
            .client()
            .list_keys(&[HeadscaleUserId(999_999)])
            .await,
        Ok(Vec::new())
    );
}
