//! The calls for one request, one by one. The people take their time: nothing is under way when the next of them acts.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

use super::run::Run;
use stand_ins::discord::feed::Happening;
use stand_ins::discord::{self, Discord, Journal, Message};
use stand_ins::headscale::Headscale;

/// When nobody has seen anything new for so long, the bot has done its part.
const QUIET: Duration = Duration::from_secs(1);

type Say<'a> = &'a mut dyn FnMut(&str);

/// Plays one request of a member whom the bot has never written to, and this member's next.
pub(super) async fn list(program: &Path, dir: &Path, say: Say<'_>) -> anyhow::Result<()> {
    let mut run = Run::set(program, dir, Journal::On).await?;
    run.start().await?;
    let mut watched = Watched {
        feed: run.discord.feed(),
        discord: run.discord.clone(),
        headscale: run.headscale.clone(),
    };
    // What is asked once and then known, such as Headscale's release, belongs to no request.
    watched.play("bob", "desktop", &mut |_| {}).await?;
    say("\nOne request of somebody who was never written to");
    watched.play("alice", "laptop", say).await?;
    say("\nThe next request of the same member");
    watched.play("alice", "phone", say).await?;
    run.stop(say).await
}

struct Watched {
    feed: UnboundedReceiver<Happening>,
    discord: Discord,
    headscale: Headscale,
}

impl Watched {
    async fn play(&mut self, who: &str, device: &str, say: Say<'_>) -> anyhow::Result<()> {
        self.quiet().await;
        let before = self.calls().len();
        let key = self.deliver(who, device).await?;
        let sent = self.calls();
        tell(&sent[before..], 1, say);
        say(&format!("      Key sent: {}", summary(&sent[before..])));
        let node = self.headscale.join(&key, device)?;
        self.headscale.set_online(node.id, true);
        let words = format!("as `{device}`");
        let joined = |card: &Message| card.says(&words);
        self.discord.card_where("a joined device", joined).await;
        self.quiet().await;
        let joined = self.calls();
        tell(&joined[sent.len()..], sent.len() - before + 1, say);
        say(&format!("      joined: {}", summary(&joined[before..])));
        Ok(())
    }

    /// Asks and approves; the key, once everybody has read that it was sent.
    async fn deliver(&mut self, who: &str, device: &str) -> anyhow::Result<String> {
        let who = self.discord.member(who);
        let reason = Some("for the list");
        who.request_device(device, "linux", reason).await;
        let name = format!("`{device}`");
        let waits = |card: &Message| card.says(&name) && card.button("Approve").is_some();
        let card = self.discord.card_where("a card", waits).await;
        self.quiet().await;
        let carol = self.discord.approver("carol");
        carol.press(&card, "Approve").await;
        self.discord.message_says(&card, "Key sent").await;
        let letter = who.letter_with_key().await;
        self.quiet().await;
        letter.scan().context("no key in the letter")
    }

    async fn quiet(&mut self) {
        while let Ok(Some(_)) = timeout(QUIET, self.feed.recv()).await {}
    }

    /// All calls so far, in their order.
    fn calls(&self) -> Vec<Call> {
        let (now, instant) = (Timestamp::now(), Instant::now());
        let at = |then: Instant| {
            let ago = SignedDuration::try_from(instant.duration_since(then));
            now - ago.unwrap_or_default()
        };
        let (discord, headscale) = (self.discord.calls(), self.headscale.calls());
        let discord = discord.iter().map(|call| Call {
            at: call.at,
            to: Service::of(call),
            what: self.place(call),
        });
        let headscale = headscale.iter().map(|call| Call {
            at: at(call.at),
            to: Service::Headscale,
            what: format!("{} {}", call.method, call.path),
        });
        let mut calls: Vec<Call> = discord.chain(headscale).collect();
        calls.sort_by_key(|call| call.at);
        calls
    }

    /// The route, with a word in the place of a channel's number.
    fn place(&self, call: &discord::Call) -> String {
        let id = call.path.split('/').nth(2);
        let channel: Option<u64> = id.and_then(|id| id.parse().ok());
        let word = match channel {
            Some(id) if id == self.discord.admin_channel_id() => "approvers",
            Some(id) if id == self.discord.general_channel_id() => "general",
            _ => "direct",
        };
        call.route
            .replace("/channels/{}", &format!("/channels/{word}"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    /// Within the limit of 50 a second.
    Counted,
    /// Through an interaction's token, which no limit of the bot's is about.
    Free,
    Headscale,
}

impl Service {
    fn of(call: &discord::Call) -> Self {
        if call.is_counted() {
            Self::Counted
        } else {
            Self::Free
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Counted => "Discord, counted",
            Self::Free => "Discord",
            Self::Headscale => "Headscale",
        }
    }
}

/// A line of the list.
struct Call {
    at: Timestamp,
    to: Service,
    what: String,
}

fn tell(calls: &[Call], from: usize, say: Say<'_>) {
    for (number, call) in (from..).zip(calls) {
        say(&format!("{number:4}  {:18}{}", call.to.name(), call.what));
    }
}

fn summary(calls: &[Call]) -> String {
    let to = |service| calls.iter().filter(|call| call.to == service).count();
    let (counted, free) = (to(Service::Counted), to(Service::Free));
    format!(
        "{} calls to Discord, {counted} of them counted; {} to Headscale",
        counted + free,
        to(Service::Headscale)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_goes_on_counting_and_is_summed_up_by_service() {
        let call = |to, what: &str| Call {
            at: Timestamp::UNIX_EPOCH,
            to,
            what: what.to_owned(),
        };
        let calls = [
            call(Service::Free, "POST /interactions/{}/{}/callback"),
            call(Service::Counted, "POST /channels/approvers/messages"),
            call(Service::Headscale, "GET /api/v1/node"),
        ];
        let mut told = Vec::new();
        tell(&calls, 9, &mut |line| told.push(line.to_owned()));
        assert_eq!(
            told,
            [
                "   9  Discord           POST /interactions/{}/{}/callback",
                "  10  Discord, counted  POST /channels/approvers/messages",
                "  11  Headscale         GET /api/v1/node",
            ]
        );
        assert_eq!(
            summary(&calls),
            "2 calls to Discord, 1 of them counted; 1 to Headscale"
        );
    }
}
