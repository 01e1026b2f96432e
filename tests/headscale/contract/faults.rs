//! The client's reading of trouble: whether the call may have had an effect, whether the trouble passes, and the words.

#[path = "entry.rs"]
mod entry;
#[path = "releases.rs"]
mod releases;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use headscale_usher::domain::HeadscaleUserId;
use headscale_usher::headscale::{ApiKey, Error, Headscale, KeyOrder, NewUser, Unreachable, User};
use libtest_mimic::Trial;
use secrecy::{ExposeSecret, SecretString};
use stand_ins::headscale as stand_in;
use stand_ins::headscale::{Canned, Fault, Release, When};

use super::run;
use crate::subject::{in_an_hour, unique};

type Case = fn() -> Pin<Box<dyn Future<Output = ()>>>;

macro_rules! cases {
    ($($name:path),+ $(,)?) => {
        const CASES: &[(&str, Case)] = &[$((stringify!($name), || Box::pin($name()))),+];
    };
}

cases![
    a_headscale_that_is_down_has_done_nothing,
    a_headscale_that_comes_back_is_used_again,
    releases::a_program_without_its_server_is_not_usable,
    releases::the_key_of_a_program_that_outlives_its_caller_is_known,
    a_lost_answer_leaves_the_outcome_open,
    a_broken_connection_leaves_the_outcome_open,
    silence_ends_with_the_timeout,
    a_held_call_is_waited_for,
    every_refusal_is_told_apart,
    an_answer_that_makes_no_sense_leaves_the_outcome_open,
    an_endless_answer_is_cut_off,
    a_redirect_is_not_followed,
    a_user_whose_answer_was_lost_is_found,
    a_user_that_cannot_be_made_is_an_error,
    users_of_the_same_name_are_not_guessed_at,
    entry::a_new_key_in_the_file_is_picked_up,
    entry::a_refused_key_is_not_tried_again_at_once,
    entry::an_expired_api_key_is_said_so,
    releases::the_release_is_found_without_its_word,
    releases::a_release_that_is_too_old_is_refused_by_name,
    releases::something_else_is_not_taken_for_headscale,
    releases::an_upgrade_is_noticed,
    releases::a_downgrade_is_noticed,
    nothing_secret_is_ever_shown,
];

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |(name, case): &(&str, Case)| {
        let case = *case;
        let name = name.rsplit("::").next().unwrap_or(name).trim();
        Trial::test(format!("trouble: {name}"), move || run(case()))
    };
    CASES.iter().map(trial).collect()
}

const KEYS: &str = "/api/v1/preauthkey";

/// A stand-in, a client with a short patience, and somebody to make keys for.
struct Scene {
    headscale: stand_in::Headscale,
    client: Headscale,
    user: User,
}

impl Scene {
    async fn of(release: Release) -> Self {
        let headscale = stand_in::Headscale::start(release).await;
        let client = patient(&headscale, Duration::from_secs(30));
        let new = NewUser {
            name: unique("alice"),
            display_name: String::new(),
        };
        let user = client.create_user(&new).await.expect("a user can be made");
        Self {
            headscale,
            client,
            user,
        }
    }

    async fn new() -> Self {
        Self::of(Release::V0_29).await
    }

    fn order(&self) -> KeyOrder {
        order(self.user.id)
    }

    async fn create_key(&self) -> Error {
        self.client
            .create_key(&self.order())
            .await
            .expect_err("trouble")
    }

    /// Nothing careless was done, and no fault was left over.
    fn finish(&self) {
        assert_eq!(self.headscale.complaints(), Vec::<String>::new());
        assert_eq!(self.headscale.faults_left(), 0);
    }
}

fn order(user: HeadscaleUserId) -> KeyOrder {
    KeyOrder {
        user,
        expiration: in_an_hour(),
        ephemeral: false,
        tags: Vec::new(),
    }
}

fn patient(headscale: &stand_in::Headscale, timeout: Duration) -> Headscale {
    let key = ApiKey::Fixed(SecretString::from(headscale.api_key()));
    let url = headscale.url().parse().expect("a URL");
    Headscale::over_http(&url, key, timeout).expect("a client")
}

async fn a_headscale_that_is_down_has_done_nothing() {
    let scene = Scene::new().await;
    scene.headscale.down().await;
    // Without a connection of before, which may only be found broken when it is used.
    let fresh = patient(&scene.headscale, Duration::from_secs(10));
    let refused = fresh.create_key(&scene.order()).await;
    let error = refused.expect_err("nobody listens");
    assert_eq!(error, Error::Unreachable(Unreachable::ConnectionRefused));
    assert!(error.is_transient() && !error.outcome_unknown());
    assert_eq!(
        error.to_string(),
        "Headscale cannot be reached: the connection was refused"
    );
    scene.finish();
}

async fn a_headscale_that_comes_back_is_used_again() {
    let scene = Scene::new().await;
    scene.headscale.down().await;
    assert!(scene.client.release().await.is_err());
    scene.headscale.up().await;
    assert!(scene.client.create_key(&scene.order()).await.is_ok());
    assert_eq!(scene.headscale.live_keys().len(), 1);
    scene.finish();
}

async fn a_lost_answer_leaves_the_outcome_open() {
    let scene = Scene::new().await;
    scene.headscale.fault("POST", KEYS, Fault::ApplyThenDrop);
    let order = scene.order();
    let error = scene
        .client
        .create_key(&order)
        .await
        .expect_err("no answer");
    assert!(error.outcome_unknown() && error.is_transient(), "{error:?}");
    let keys = scene
        .client
        .list_keys(&[scene.user.id])
        .await
        .expect("keys can be listed");
    let [lost] = keys.as_slice() else {
        panic!("{keys:?}")
    };
    assert_eq!(lost.expiration, Some(order.expiration));
    assert_eq!(
        scene.client.expire_key(lost.id, scene.user.id).await,
        Ok(())
    );
    assert!(scene.headscale.live_keys().is_empty());
    scene.finish();
}

async fn a_broken_connection_leaves_the_outcome_open() {
    let scene = Scene::new().await;
    scene.headscale.fault("POST", KEYS, Fault::DropBefore);
    let error = scene.create_key().await;
    assert_eq!(error, Error::Interrupted);
    assert!(error.outcome_unknown());
    assert!(scene.headscale.keys().is_empty());
    scene.finish();
}

async fn silence_ends_with_the_timeout() {
    let scene = Scene::new().await;
    let timeout = Duration::from_millis(300);
    let client = patient(&scene.headscale, timeout);
    for fault in [Fault::Hang, Fault::ApplyThenHang] {
        scene.headscale.fault("POST", KEYS, fault);
        let error = client
            .create_key(&scene.order())
            .await
            .expect_err("silence");
        assert_eq!(error, Error::TimedOut(timeout));
        assert!(error.outcome_unknown() && error.is_transient());
        assert_eq!(error.to_string(), "Headscale did not answer within 0.3 s");
    }
    assert_eq!(scene.headscale.keys().len(), 1);
    scene.finish();
}

async fn a_held_call_is_waited_for() {
    let scene = Scene::new().await;
    let hold = scene.headscale.hold("POST", KEYS, When::After);
    let order = scene.order();
    let create = scene.client.create_key(&order);
    let release = async {
        hold.arrived().await;
        let made = scene.headscale.keys().len();
        hold.release();
        made
    };
    let (key, made) = tokio::join!(create, release);
    assert_eq!((key.is_ok(), made), (true, 1));
    scene.finish();
}

async fn every_refusal_is_told_apart() {
    let scene = Scene::new().await;
    let cases = [
        (
            Fault::refuse(400, "no such thing"),
            false,
            "Headscale refused the request: no such thing",
        ),
        (
            Fault::refuse(500, "user not found"),
            false,
            "Headscale did not find it: user not found",
        ),
        (
            Fault::refuse(500, "database is locked"),
            true,
            "Headscale reported an internal error: database is locked",
        ),
        (
            Fault::html(502),
            true,
            "Headscale is unavailable at the moment (status 502)",
        ),
        (
            Fault::html(503),
            true,
            "Headscale is unavailable at the moment (status 503)",
        ),
        (
            Fault::html(504),
            true,
            "Headscale is unavailable at the moment (status 504)",
        ),
        (
            Fault::html(500),
            true,
            "Headscale reported an internal error",
        ),
        (Fault::html(403), false, "Headscale refused the request"),
        (
            Fault::html(404),
            false,
            "Headscale does not know this request (status 404)",
        ),
        (
            Fault::rate_limited(7),
            false,
            "Headscale is rate-limiting us",
        ),
    ];
    for (fault, outcome_unknown, words) in cases {
        scene.headscale.fault("POST", KEYS, fault);
        let error = scene.create_key().await;
        assert_eq!(error.to_string(), words);
        assert_eq!(error.outcome_unknown(), outcome_unknown, "{words}");
    }
    assert_eq!(busy_for(&scene).await, Some(Duration::from_secs(7)));
    scene.finish();
}

async fn busy_for(scene: &Scene) -> Option<Duration> {
    scene.headscale.fault("POST", KEYS, Fault::rate_limited(7));
    let Error::Busy { retry_after } = scene.create_key().await else {
        return None;
    };
    retry_after
}

async fn an_answer_that_makes_no_sense_leaves_the_outcome_open() {
    let scene = Scene::new().await;
    let empty = Canned::new(200, "application/json", "{}");
    for fault in [
        Fault::WrongContentType,
        Fault::BrokenJson,
        Fault::ApplyThenAnswer(empty),
    ] {
        scene.headscale.fault("POST", KEYS, fault);
        let error = scene.create_key().await;
        assert!(error.outcome_unknown() && error.is_transient(), "{error:?}");
    }
    assert_eq!(scene.headscale.keys().len(), 3);
    scene.finish();
}

async fn an_endless_answer_is_cut_off() {
    let scene = Scene::new().await;
    let endless = format!("{{\"nodes\":[{}]}}", " ".repeat(17 * 1024 * 1024));
    let fault = Fault::Answer(Canned::new(200, "application/json", &endless));
    scene.headscale.fault("GET", "/api/v1/node", fault);
    let error = scene.client.list_nodes().await.expect_err("too long");
    assert_eq!(error, Error::Unreadable("too long"));
    scene.finish();
}

async fn a_redirect_is_not_followed() {
    let scene = Scene::new().await;
    let elsewhere = stand_in::Headscale::start(Release::V0_29).await;
    let fault = Fault::redirect(&format!("{}{KEYS}", elsewhere.url()));
    scene.headscale.fault("POST", KEYS, fault);
    assert_eq!(scene.create_key().await, Error::NotHeadscale);
    assert!(elsewhere.calls().is_empty());
    scene.finish();
}

async fn a_user_whose_answer_was_lost_is_found() {
    let scene = Scene::new().await;
    let new = NewUser {
        name: unique("bob"),
        display_name: "Bob".to_owned(),
    };
    scene
        .headscale
        .fault("POST", "/api/v1/user", Fault::ApplyThenDrop);
    let user = scene.client.create_user(&new).await.expect("it is there");
    assert_eq!(user.name, new.name.as_str());
    assert_eq!(scene.headscale.users().len(), 2);
    scene.finish();
}

async fn a_user_that_cannot_be_made_is_an_error() {
    let scene = Scene::new().await;
    let new = NewUser {
        name: unique("bob"),
        display_name: String::new(),
    };
    scene
        .headscale
        .fault("POST", "/api/v1/user", Fault::refuse(500, "disk full"));
    let error = scene.client.create_user(&new).await.expect_err("refused");
    assert_eq!(
        error.to_string(),
        "Headscale reported an internal error: disk full"
    );
    scene.finish();
}

async fn users_of_the_same_name_are_not_guessed_at() {
    let scene = Scene::new().await;
    let twin = scene.headscale.add_user(&scene.user.name);
    assert_eq!(twin.name, scene.user.name);
    let name = scene.user.name.parse().expect("a user's name");
    let found = scene.client.find_user(&name).await;
    let error = found.expect_err("two of them");
    assert_eq!(error, Error::Ambiguous(name));
    assert!(!error.is_transient());
    scene.finish();
}

async fn nothing_secret_is_ever_shown() {
    let scene = Scene::of(Release::V0_27).await;
    let key = scene
        .client
        .create_key(&scene.order())
        .await
        .expect("a key can be made");
    let secret = key.secret.expose_secret().to_owned();
    let listed = scene
        .client
        .list_keys(&[scene.user.id])
        .await
        .expect("keys can be listed");
    let echo = format!(
        "{{\"title\":\"Unprocessable Entity\",\"status\":422,\"detail\":\"{secret} is odd\",\"errors\":\
         [{{\"message\":\"no {secret}\",\"location\":\"body\",\"value\":{{\"key\":\"{secret}\"}}}}]}}"
    );
    let answer = Canned::new(422, "application/problem+json", &echo);
    scene.headscale.fault("POST", KEYS, Fault::Answer(answer));
    let error = scene.create_key().await;
    let shown = format!("{key:?} {listed:?} {error:?} {error} {:?}", scene.client);
    assert!(!shown.contains(&secret), "{shown}");
    assert!(!shown.contains(&scene.headscale.api_key()), "{shown}");
    assert!(shown.contains("[redacted]"), "{shown}");
    scene.finish();
}
