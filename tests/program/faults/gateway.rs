//! The connection on which clicks come, broken in every way that Discord and networks break it: while somebody thinks
//! about a card, and while a click's consequences are under way. The story goes on to its usual end.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use stage::Stage;
use stage::aftermath::{Cast, PATIENCE, Scan, Way};
use stand_ins::discord::{Message, Refusal};
use stand_ins::headscale::When;
use tokio::time::timeout;

use super::{all, end_well, set};

/// So that a heartbeat that nobody acknowledges is noticed at once.
const HEARTBEAT: Duration = Duration::from_millis(300);

#[derive(Clone, Copy, Debug)]
enum Break {
    /// Op 7: please reconnect.
    AskedToReconnect,
    /// Op 9.
    Invalidated {
        resumable: bool,
    },
    Closed(u16),
    /// A close code after which only an operator can help.
    ClosedForGood(u16),
    /// The network, without a word.
    Cut,
    /// Heartbeats are not acknowledged any more.
    Silent,
    /// The next connections are taken and not greeted.
    NotGreeted,
    /// Each resumed session is closed again at once, six times over.
    Storm,
    /// The session is over, and the address to fall back to cannot be asked for.
    NoFallback,
}

const BREAKS: [Break; 13] = [
    Break::AskedToReconnect,
    Break::Invalidated { resumable: true },
    Break::Invalidated { resumable: false },
    Break::Closed(4000),
    Break::Closed(4007),
    Break::Closed(4009),
    Break::ClosedForGood(4004),
    Break::ClosedForGood(4014),
    Break::Cut,
    Break::Silent,
    Break::NotGreeted,
    Break::Storm,
    Break::NoFallback,
];

impl Break {
    /// Over when the bot has noticed, as far as it can be seen from outside.
    async fn happen(self, stage: &mut Stage) {
        let gateway = stage.discord.gateway();
        match self {
            Self::AskedToReconnect => gateway.ask_reconnect(),
            Self::Invalidated { resumable } => gateway.invalidate(resumable),
            Self::Closed(code) => gateway.close(code),
            Self::Cut => gateway.cut(),
            Self::ClosedForGood(code) => {
                gateway.close(code);
                assert_eq!(stage.ended().await.code(), Some(78), "{self:?}");
                stage.start().await;
            }
            Self::Silent => {
                gateway.acknowledge(false);
                gateway.offline().await;
                gateway.acknowledge(true);
            }
            Self::NotGreeted => {
                gateway.greet(false);
                gateway.cut();
                gateway.offline().await;
                gateway.greet(true);
                gateway.cut();
            }
            Self::Storm => {
                let before = gateway.resumes();
                gateway.close_after_resume(Some(4000));
                gateway.close(4000);
                gateway.resumed_times(before + 6).await;
                gateway.close_after_resume(None);
            }
            Self::NoFallback => {
                let entrance = stage.discord.fault("GET /gateway");
                let _ = entrance.always().refuse(Refusal::html(500));
                gateway.close(4009);
            }
        }
    }
}

async fn open(broken: Option<Break>) -> (Stage, Cast) {
    let mut stage = set().await;
    if let Some(Break::Silent) = broken {
        stage.discord.gateway().heartbeat_every(HEARTBEAT);
    }
    // What is held here must not end by itself.
    stage.settings.text_value("headscale.timeout", "1m");
    stage.start().await;
    let cast = Cast::of(&stage, ("alice", "laptop"), Way::Letter, Scan::AtOnce);
    (stage, cast)
}

/// Everybody does their part until something has happened.
async fn until<T>(stage: &Stage, cast: &mut Cast, happened: impl Future<Output = T>) -> T {
    tokio::select! {
        biased;
        happened = happened => happened,
        () = cast.play(stage) => panic!("it ended before"),
    }
}

async fn while_somebody_thinks(broken: Break) {
    let (mut stage, mut cast) = open(Some(broken)).await;
    until(&stage, &mut cast, stage.discord.card()).await;
    broken.happen(&mut stage).await;
    finish(broken, stage, cast).await;
}

/// The answer to the click is out, the key is being made.
async fn while_a_key_is_made(broken: Break) {
    let (mut stage, mut cast) = open(Some(broken)).await;
    let path = "/api/v1/preauthkey";
    let held = stage.headscale.hold("POST", path, When::Before);
    until(&stage, &mut cast, held.arrived()).await;
    if let Break::ClosedForGood(_) = broken {
        // The bot finishes what it is at before it ends.
        held.release();
        broken.happen(&mut stage).await;
    } else {
        broken.happen(&mut stage).await;
        held.release();
    }
    finish(broken, stage, cast).await;
}

async fn finish(broken: Break, stage: Stage, cast: Cast) {
    let calls = end_well(&format!("{broken:?}"), stage, cast).await;
    let entrances = calls.get("GET /gateway/bot").copied().unwrap_or_default();
    assert!(entrances <= 4, "{broken:?}: {entrances} entrances");
    assert_eq!(calls.get("GET /gateway"), None, "{broken:?}");
}

/// Every interaction of a story comes twice.
async fn everything_is_delivered_twice() {
    let (stage, _) = super::open(Way::Letter).await;
    let (alice, carol) = (stage.alice(), stage.carol());
    let asked = alice.request_device("laptop", "linux", None).await;
    asked.answer().await;
    stage.discord.redeliver(&asked);
    let card = stage.discord.card().await;
    let approved = carol.press(&card, "Approve").await;
    approved.acknowledged().await;
    stage.discord.redeliver(&approved);
    let letter = alice.letter_with_key().await;
    let key = letter.scan().expect("a key");
    let joined = stage.headscale.join(&key, "thinkpad");
    joined.expect("the key works");
    let over = |card: &Message| card.says("**Joined**") && !card.says("Being renamed");
    stage.discord.card_where("a device", over).await;
    alice.letter_says("is online").await;
    stage.discord.take_complaints(); // a second answer to one interaction is Discord's to refuse
    assert_eq!(stage.headscale.keys().len(), 1);
    assert_eq!(stage::aftermath::settled(stage).await.len(), 1);
}

/// Somebody asks, and an approver clicks, while the bot is finishing its last step.
async fn clicks_come_during_shutdown() {
    let (mut stage, mut cast) = open(None).await;
    let held = stage
        .headscale
        .hold("POST", "/api/v1/preauthkey", When::Before);
    until(&stage, &mut cast, held.arrived()).await;
    let (discord, card) = (stage.discord.clone(), stage.discord.card().await);
    let clicking = async {
        // Said goodbye or not: whatever is still taken is answered, the rest is the person's to repeat.
        drop(discord.approver("dora").press_now(&card, "Approve"));
        held.release();
    };
    let (ending, ()) = timeout(PATIENCE, async { tokio::join!(stage.stop(), clicking) })
        .await
        .expect("the bot ends");
    assert_eq!(ending.code(), Some(0));
    stage.start().await;
    cast.play(&stage).await;
    assert_eq!(stage.headscale.nodes().len(), 1);
    stage::aftermath::settled(stage).await;
}

type Case = (String, Pin<Box<dyn Future<Output = ()> + Send>>);

pub(super) async fn no_broken_connection_loses_or_doubles_anything() {
    let mut cases: Vec<Case> = Vec::new();
    for broken in BREAKS {
        let (early, late) = (while_somebody_thinks(broken), while_a_key_is_made(broken));
        cases.push((format!("{broken:?} while somebody thinks"), Box::pin(early)));
        cases.push((format!("{broken:?} while a key is made"), Box::pin(late)));
    }
    let twice = everything_is_delivered_twice();
    cases.push(("everything is delivered twice".to_owned(), Box::pin(twice)));
    let last = clicks_come_during_shutdown();
    cases.push(("clicks come during shutdown".to_owned(), Box::pin(last)));
    all(cases).await;
}
