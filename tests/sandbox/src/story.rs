//! The shop window: one whole story, told as each person sees it.

mod network;

use std::path::{Path, PathBuf};

use network::{Network, Outcome};
use stage::Stage;
use stand_ins::discord::{Member, Message};

/// Plays the story and tells it, line by line.
///
/// # Errors
/// If something cannot be written where it was promised, or the program named in `HEADSCALE_BIN` does not start.
///
/// # Panics
/// If the bot does not do its part.
pub async fn tell(picture: &Path, say: &mut dyn FnMut(&str)) -> anyhow::Result<PathBuf> {
    let network = Network::from_environment()?;
    say(&format!(
        "Two members and an approver, on loopback: no Discord account, {network}.\n"
    ));
    let mut stage = Stage::set().await;
    network.lead(&mut stage.settings);
    stage.start().await;
    let alice = stage.discord.member("alice");
    let bob = stage.discord.member("bob");
    let carol = stage.discord.approver("carol");
    let (card, letter) = approval(&stage, &alice, &carol, say).await;
    let picture = save(&letter, picture, say)?;
    joining(&network, &stage, &alice, (&card, &letter), say).await?;
    denial(&stage, &bob, &carol, say).await;
    cancellation(&stage, &bob, say).await;
    stage.finish().await;
    say("The end: nothing was lost, nothing was doubled, no secret was left behind.");
    Ok(picture)
}

async fn approval(
    stage: &Stage,
    alice: &Member,
    carol: &Member,
    say: &mut dyn FnMut(&str),
) -> (Message, Message) {
    say("── Alice wants her laptop in the network: /request-device laptop linux");
    let asked = alice
        .request_device("laptop", "linux", Some("for the train"))
        .await;
    show(say, "only Alice sees", asked.answer().await.message());
    let card = stage
        .discord
        .card_where("a card with buttons", |card| {
            card.button("Approve").is_some()
        })
        .await;
    show(say, "the approvers see", &card);
    say("── Carol presses Approve.");
    carol.press(&card, "Approve").await;
    let letter = alice.letter_with_key().await;
    show(say, "Alice gets a direct message", &letter);
    let card = stage.discord.message_says(&card, "Key sent").await;
    show(say, "the approvers' card now says", &card);
    (card, letter)
}

fn save(letter: &Message, picture: &Path, say: &mut dyn FnMut(&str)) -> std::io::Result<PathBuf> {
    let png = letter.qr_png().expect("the letter has a picture");
    std::fs::write(picture, png)?;
    say(&format!("The QR code was saved as {}\n", picture.display()));
    picture.canonicalize()
}

async fn joining(
    network: &Network,
    stage: &Stage,
    alice: &Member,
    (card, letter): (&Message, &Message),
    say: &mut dyn FnMut(&str),
) -> anyhow::Result<()> {
    let key = letter.scan().expect("the picture can be read");
    if network.join(stage, &key, "alices-thinkpad").await? == Outcome::NoDevice {
        say(
            "── Nobody follows the steps: HEADSCALE_JOIN names no program that registers a device. The key stays unused.\n",
        );
        return Ok(());
    }
    say("── Alice follows the steps; her laptop joins with the key.");
    let named = |seen: &Message| seen.says("Joined") && !seen.says("Being renamed");
    let card = stage
        .discord
        .card_where("a device", |seen| seen.id() == card.id() && named(seen))
        .await;
    show(say, "the approvers' card now says", &card);
    let letter = alice
        .letter_where("a letter without a key", |letter| letter.scan().is_none())
        .await;
    show(say, "Alice's message, the key gone", &letter);
    Ok(())
}

async fn denial(stage: &Stage, bob: &Member, carol: &Member, say: &mut dyn FnMut(&str)) {
    say("── Bob asks without saying why: /request-device toaster other");
    bob.request_device("toaster", "other", None)
        .await
        .answer()
        .await;
    let card = stage
        .discord
        .card_where("Bob's card", |card| card.says("toaster"))
        .await;
    say("── Carol presses Deny… and fills in the form.");
    let form = carol.press(&card, "Deny…").await.answer().await;
    carol
        .submit(
            form.modal(),
            &[("reason", "Toasters have no place in the network.")],
        )
        .await;
    let letter = bob.letter_says("denied").await;
    show(say, "Bob gets a direct message", &letter);
    let card = stage.discord.message_says(&card, "Denied").await;
    show(say, "the approvers' card now says", &card);
}

async fn cancellation(stage: &Stage, bob: &Member, say: &mut dyn FnMut(&str)) {
    say("── Bob asks for his phone, and thinks better of it.");
    let asked = bob.request_device("phone", "android", Some("maybe")).await;
    let answer = asked.answer().await;
    let card = stage
        .discord
        .card_where("Bob's second card", |card| card.says("phone"))
        .await;
    let cancelled = bob
        .press(answer.message(), "Cancel request")
        .await
        .answer()
        .await;
    show(say, "only Bob sees", cancelled.message());
    let card = stage.discord.message_says(&card, "Cancelled").await;
    show(say, "the approvers' card now says", &card);
}

fn show(say: &mut dyn FnMut(&str), who: &str, message: &Message) {
    let text = message.text();
    let lines: Vec<String> = text.lines().map(|line| format!("   │ {line}")).collect();
    say(&format!("{who}:\n{}\n", lines.join("\n")));
}
