//! Faults that last. The request is parked with a cause that people understand, the bot asks ever less often, and
//! everything goes on when the trouble is over.

use std::time::Duration;

use headscale_usher::clock::Clock;
use stage::Stage;
use stage::aftermath::{self, Cast, Scan, Way};
use stand_ins::discord::{FaultHandle, Message, Refusal, permission};
use stand_ins::headscale::Fault;

use super::{all, is_card, set};

const POST: &str = "POST /channels/{}/messages";
const EDIT: &str = "PATCH /channels/{}/messages/{}";
/// Attempts before a step is given up.
const ATTEMPTS: usize = 4;

async fn open() -> (Stage, Cast) {
    let mut stage = set().await;
    stage.settings.set("retries.attempts", ATTEMPTS);
    stage.start().await;
    let cast = Cast::of(&stage, ("alice", "laptop"), Way::Letter, Scan::AtOnce);
    (stage, cast)
}

/// Everybody does their part until a card says this.
async fn until_it_says(stage: &Stage, cast: &mut Cast, words: &str) -> Message {
    tokio::select! {
        biased;
        card = stage.discord.card_where(words, |card| card.says(words)) => card,
        () = cast.play(stage) => panic!("it ends well although it cannot"),
    }
}

async fn retried(stage: Stage, mut cast: Cast, card: &Message) {
    let carol = stage.carol();
    carol.press(card, "Retry").await;
    cast.play(&stage).await;
    aftermath::settled(stage).await;
}

async fn headscale_refuses(
    method: &'static str,
    path: &'static str,
    fault: Fault,
    cause: &'static str,
) {
    let (stage, mut cast) = open().await;
    stage.headscale.fault_always(method, path, fault);
    let card = until_it_says(&stage, &mut cast, "**Failed**").await;
    assert!(card.says(cause), "{card:?}");
    let calls = stage.headscale.count(method, path);
    assert!(calls <= 2 * ATTEMPTS, "{calls} calls");
    assert_eq!(stage.headscale.live_keys().len(), 0);
    stage.headscale.clear_faults();
    retried(stage, cast, &card).await;
}

async fn headscale_is_down() {
    let (stage, mut cast) = open().await;
    stage.headscale.down().await;
    let card = until_it_says(&stage, &mut cast, "**Failed**").await;
    assert!(card.says("the connection was refused"), "{card:?}");
    stage.headscale.up().await;
    retried(stage, cast, &card).await;
}

async fn headscale_speaks_no_tls() {
    let mut stage = set().await;
    let url = stage.headscale.url().replace("http:", "https:");
    stage
        .settings
        .text_value("headscale.url", &url)
        .set("retries.attempts", ATTEMPTS);
    stage.start().await;
    let mut cast = Cast::of(&stage, ("alice", "laptop"), Way::Letter, Scan::AtOnce);
    let card = until_it_says(&stage, &mut cast, "**Failed**").await;
    assert!(card.says("doesn't speak TLS"), "{card:?}");
    stage.stop().await;
    let url = stage.headscale.url();
    stage.settings.text_value("headscale.url", &url);
    stage.start().await;
    retried(stage, cast, &card).await;
}

/// Nothing can be done before there is a good key, and nothing is given up: the bot asks once a minute.
async fn headscale_refuses_the_key() {
    let mut stage = set().await;
    let clock = Clock::manual(stage.headscale.now());
    stage.clock = clock.clone();
    stage.start().await;
    let mut cast = Cast::of(&stage, ("alice", "laptop"), Way::Letter, Scan::AtOnce);
    let refusal = Fault::refuse(401, "Unauthorized");
    stage.headscale.fault_always("*", "/api/v1/**", refusal);
    let before = stage.headscale.calls().len();
    let card = until_it_says(&stage, &mut cast, "API key").await;
    assert!(card.says("**Held up**"), "{card:?}");
    let calls = stage.headscale.calls().len() - before;
    assert!(calls <= 4, "{calls} calls");
    stage.headscale.clear_faults();
    clock.advance(Duration::from_mins(2));
    // Nobody but this story moves the clock.
    let ticking = async {
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            clock.advance(Duration::from_secs(1));
        }
    };
    tokio::select! {
        () = cast.play(&stage) => {}
        () = ticking => {}
    }
    aftermath::settled(stage).await;
}

async fn discord_refuses(
    name: &str,
    fault: impl FnOnce(&Stage) -> FaultHandle,
    refuse_cause: &str,
    given_up: bool,
) {
    let (stage, mut cast) = open().await;
    let trouble = fault(&stage);
    let words = if given_up { "**Failed**" } else { refuse_cause };
    let card = until_it_says(&stage, &mut cast, words).await;
    assert!(card.says(refuse_cause), "{name}: {card:?}");
    assert!(
        trouble.hits() <= 2 * ATTEMPTS,
        "{name}: {} calls",
        trouble.hits()
    );
    assert_eq!(stage.headscale.live_keys().len(), 0, "{name}");
    trouble.clear();
    if given_up {
        retried(stage, cast, &card).await;
    } else {
        cast.play(&stage).await;
        aftermath::settled(stage).await;
    }
}

async fn letters_are_refused(refusal: Refusal, cause: &'static str) {
    let fault = |stage: &Stage| stage.discord.fault(POST).in_dms().always().refuse(refusal);
    discord_refuses("letters", fault, cause, true).await;
}

async fn keys_cannot_be_shown() {
    let fault = |stage: &Stage| {
        let keys = stage
            .discord
            .fault(EDIT)
            .when(|call| !call.files.is_empty());
        keys.always().refuse(Refusal::html(502))
    };
    discord_refuses("keys", fault, "(status 502)", true).await;
}

/// The requester is told, and the card comes once the bot may write: in between it asks ever less often.
async fn cards_are_forbidden() {
    let (stage, mut cast) = open().await;
    let admin = stage.discord.admin_channel_id();
    stage.discord.deny_bot(admin, permission::SEND_MESSAGES);
    let alice = stage.alice();
    let told = alice.request_device("laptop", "linux", None).await;
    let told = told.answer_says("approvers").await;
    let begun = std::time::Instant::now();
    stage
        .discord
        .wait_for_call(|calls| (refused(calls) >= 4).then_some(()), "four refusals")
        .await;
    // 50, 100 and 200 milliseconds between them, each a quarter more at most.
    assert!(
        begun.elapsed() > Duration::from_millis(300),
        "{:?}",
        begun.elapsed()
    );
    assert!(
        told.again()
            .is_some_and(|told| !told.says("sent to the approvers")),
        "{told:?}"
    );
    stage.discord.allow_bot(admin, permission::SEND_MESSAGES);
    cast.play(&stage).await;
    aftermath::settled(stage).await;
}

fn refused(calls: &[stand_ins::discord::Call]) -> usize {
    calls.iter().filter(|call| call.status == Some(403)).count()
}

/// A card that cannot be edited stops nothing but itself.
async fn cards_cannot_be_edited() {
    let (stage, mut cast) = open().await;
    let cards = stage.discord.fault("*").when(is_card).always();
    let fault = cards.refuse(Refusal::html(500));
    let alice = stage.alice();
    let over = |letter: &Message| letter.says("is online") && letter.attachments().is_empty();
    tokio::select! {
        biased;
        _ = alice.letter_where("online", over) => {}
        () = cast.play(&stage) => panic!("the card cannot say so"),
    }
    assert!(fault.hits() <= 12, "{} edits", fault.hits());
    fault.clear();
    cast.play(&stage).await;
    aftermath::settled(stage).await;
}

type Case = (String, std::pin::Pin<Box<dyn Future<Output = ()> + Send>>);

fn case(name: &str, case: impl Future<Output = ()> + Send + 'static) -> Case {
    (name.to_owned(), Box::pin(case))
}

pub(super) async fn what_lasts_is_parked_with_a_cause_and_mended_later() {
    let keys = "/api/v1/preauthkey";
    let locked = || Fault::refuse(500, "database is locked");
    all(vec![
        case(
            "Headscale cannot make keys",
            headscale_refuses("POST", keys, locked(), "database is locked"),
        ),
        case(
            "Headscale's proxy answers",
            headscale_refuses("POST", keys, Fault::html(503), "503"),
        ),
        case(
            "Headscale's answers make no sense",
            headscale_refuses("POST", keys, Fault::BrokenJson, "Headscale"),
        ),
        case(
            "Headscale never answers",
            headscale_refuses("POST", keys, Fault::ApplyThenHang, "too long to answer"),
        ),
        case(
            "Headscale cannot find users",
            headscale_refuses("GET", "/api/v1/user", locked(), "database is locked"),
        ),
        case(
            "Headscale cannot make users",
            headscale_refuses("POST", "/api/v1/user", locked(), "database is locked"),
        ),
        case(
            "Headscale redirects",
            headscale_refuses(
                "POST",
                keys,
                Fault::redirect("http://127.0.0.1:1/"),
                "Headscale",
            ),
        ),
        case("Headscale is down", headscale_is_down()),
        case("Headscale speaks no TLS", headscale_speaks_no_tls()),
        case("Headscale refuses the key", headscale_refuses_the_key()),
        case(
            "letters meet 500",
            letters_are_refused(Refusal::html(500), "(status 500)"),
        ),
        case(
            "letters are forbidden",
            letters_are_refused(Refusal::code(403, 50_001, "Missing Access"), "Discord"),
        ),
        case(
            "letters are rejected",
            letters_are_refused(Refusal::code(400, 50_035, "Invalid Form Body"), "Discord"),
        ),
        case("keys cannot be shown", keys_cannot_be_shown()),
        case("cards are forbidden", cards_are_forbidden()),
        case("cards cannot be edited", cards_cannot_be_edited()),
    ])
    .await;
}
