//! The messenger against a strict Discord: what it writes, and what it makes of each refusal.

use std::sync::Arc;
use std::time::Duration;

use headscale_usher::domain::OwnerRule;
use headscale_usher::domain::{
    Approval, Attempt, Backoff, ChannelId, DeviceRequest, Handover, History, InteractionId,
    MemberId, MessageRef, Person, Platform, Projection, Reason, RequestId, RoleId, State,
};
use headscale_usher::gateway::{Connection, DiscordSettings, run};
use headscale_usher::outbound::{Answer, Answers, Cause, Desk, Error, Messenger, Missing};
use headscale_usher::view::command::request_device;
use headscale_usher::view::{ShownKey, Terms};
use jiff::{SignedDuration, Timestamp};
use sandbox::discord::{Discord, Member, Refusal, permission};
use secrecy::SecretString;
use serenity::all::{
    Context, CreateInteractionResponse, CreateInteractionResponseMessage, EventHandler, GuildId,
    Interaction, Ready,
};
use serenity::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const POST: &str = "POST /channels/{}/messages";
const EDIT: &str = "PATCH /channels/{}/messages/{}";
const OPEN: &str = "POST /users/@me/channels";
const ANSWER: &str = "PATCH /webhooks/{}/{}/messages/@original";
const KEY: &str = "hskey-auth-abcdefghijkl-mnopqrstuvwxyz0123456789";

struct Office {
    discord: Discord,
    connection: Connection,
    messenger: Messenger,
    answers: Answers,
    alice: Member,
}

impl Office {
    async fn open() -> Self {
        Self::patient(Duration::from_secs(10)).await
    }

    async fn patient(request_timeout: Duration) -> Self {
        let discord = Discord::start().await;
        let connection = Connection::open(DiscordSettings {
            api_url: Some(discord.api_url().parse().unwrap()),
            request_timeout,
            ..DiscordSettings::new(discord.token())
        })
        .unwrap();
        let desk = Desk {
            admin_channel: ChannelId(id(discord.admin_channel_id())),
            terms: terms(&discord),
        };
        let answers = Answers::default();
        Self {
            messenger: Messenger::new(connection.wire().clone(), desk, answers.clone()),
            alice: discord.member("alice"),
            discord,
            connection,
            answers,
        }
    }

    fn request(&self) -> DeviceRequest {
        let now = Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap();
        DeviceRequest {
            id: RequestId(42),
            interaction: InteractionId(7),
            requester: Person {
                id: MemberId(id(self.alice.id())),
                name: "alice".into(),
            },
            member_since: None,
            asked_in: ChannelId(id(self.discord.general_channel_id())),
            device: "laptop".parse().unwrap(),
            platform: Platform::Linux,
            reason: Reason::parse("for work").unwrap(),
            history: History::default(),
            created_at: now,
            updated_at: now,
            state: State::Pending {
                lapses_at: now + SignedDuration::from_hours(24),
            },
            version: 1,
            backoff: Backoff::default(),
            card: Projection::default(),
            letter: Projection::default(),
            notice: Projection::default(),
        }
    }

    fn approved(&self) -> DeviceRequest {
        let mut request = self.request();
        request.state = State::Approved {
            approval: approval(&request),
        };
        request.version = 2;
        request
    }

    fn issuing(&self, letter: Option<MessageRef>) -> DeviceRequest {
        let mut request = self.approved();
        request.state = State::Issuing {
            approval: approval(&request),
            attempt: Attempt {
                key_expires_at: request.created_at + SignedDuration::from_hours(1),
                key: None,
                handover: Handover::Letter,
            },
        };
        request.letter.place = letter;
        request
    }

    /// The stand-in has nothing to say against any call.
    fn finish(&self) {
        assert_eq!(self.discord.complaints(), []);
    }
}

fn approval(request: &DeviceRequest) -> Approval {
    Approval {
        by: Person {
            id: MemberId(99),
            name: "carol".into(),
        },
        at: request.created_at,
    }
}

fn terms(discord: &Discord) -> Terms {
    Terms {
        revoke_deletes: false,
        login_server: "https://headscale.example".into(),
        key_life: Duration::from_hours(1),
        ephemeral: false,
        tags: Vec::new(),
        owner: OwnerRule::Template("u{id}".into()),
        create_users: true,
        approver_role: Some(RoleId(id(discord.approver_role_id()))),
        cooldown_after_denial: Duration::ZERO,
    }
}

fn id(theirs: u64) -> i64 {
    i64::try_from(theirs).unwrap()
}

fn at(place: MessageRef) -> Projection {
    Projection {
        place: Some(place),
        shown: 1,
        ..Projection::default()
    }
}

#[tokio::test]
async fn a_card_calls_the_approvers_once_and_is_edited_for_life() {
    let office = Office::open().await;
    let place = office.messenger.post_card(&office.request()).await.unwrap();
    let card = office.discord.card().await;
    assert_eq!(place.message.0, id(card.id()));
    assert_eq!(card.labels(), ["Approve", "Deny…"]);
    assert_eq!(
        card.pings().roles,
        [office.discord.approver_role_id()].into()
    );

    let mut approved = office.approved();
    approved.card = at(place);
    office.messenger.edit_card(&approved).await.unwrap();
    let card = card.again().unwrap();
    assert_eq!(card.labels(), Vec::<String>::new());
    assert_eq!(office.discord.cards().len(), 1);
    let edit = office.discord.calls().pop().unwrap();
    assert_eq!(edit.route, EDIT);
    assert_eq!(
        edit.body.unwrap()["allowed_mentions"]["parse"],
        serde_json::json!([])
    );
    office.finish();
}

#[tokio::test]
async fn a_letter_is_opened_without_a_key_and_later_shows_it_and_loses_it() {
    let office = Office::open().await;
    let place = office
        .messenger
        .open_letter(&office.approved())
        .await
        .unwrap();
    assert!(office.alice.letter().await.scan().is_none());

    let request = office.issuing(Some(place));
    let secret = SecretString::from(KEY);
    let key = ShownKey {
        secret: &secret,
        expires_at: request.created_at + SignedDuration::from_hours(1),
    };
    office.messenger.show_key(&request, &key).await.unwrap();
    let letter = office.alice.letter().await;
    assert_eq!(letter.scan().as_deref(), Some(KEY));
    assert!(letter.says(KEY));
    assert_eq!(letter.attachments().len(), 1);

    office.messenger.show_key(&request, &key).await.unwrap();
    assert_eq!(office.alice.letter().await.attachments().len(), 1);

    office.messenger.edit_letter(&request).await.unwrap();
    let letter = office.alice.letter().await;
    assert!(letter.attachments().is_empty() && !letter.says(KEY));
    assert_eq!(office.alice.letters().len(), 1);
    office.finish();
}

#[tokio::test]
async fn a_notice_calls_the_requester_and_nobody_else() {
    let office = Office::open().await;
    let mut request = office.approved();
    request.state = State::Claimable {
        approval: approval(&request),
        because: headscale_usher::domain::ClaimReason::DirectMessagesClosed,
        until: request.created_at + SignedDuration::from_hours(72),
    };
    let place = office.messenger.post_notice(&request).await.unwrap();
    let message = office.discord.message(place.message.0.unsigned_abs());
    let message = message.unwrap();
    assert_eq!(message.channel_id(), office.discord.general_channel_id());
    assert_eq!(message.pings().users, [office.alice.id()].into());
    request.notice = at(place);
    office.messenger.edit_notice(&request).await.unwrap();
    office.finish();
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_message() {
    let office = Office::open().await;
    office.discord.fault(POST).drop_reply();
    let request = office.request();
    let error = office.messenger.post_card(&request).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    let place = office.messenger.post_card(&request).await.unwrap();
    let cards = office.discord.cards();
    assert_eq!(cards.len(), 1);
    assert_eq!(place.message.0, id(cards[0].id()));
    assert_eq!(office.discord.count(EDIT), 0);
    office.finish();
}

#[tokio::test]
async fn an_older_message_handed_back_for_the_nonce_is_brought_up_to_date() {
    let office = Office::open().await;
    office.discord.fault(POST).drop_reply();
    let mut request = office.request();
    office.messenger.post_card(&request).await.unwrap_err();
    request.state = office.approved().state;
    request.version = 2;
    office.messenger.post_card(&request).await.unwrap();
    let cards = office.discord.cards();
    assert_eq!(cards.len(), 1);
    assert_eq!(cards[0].labels(), Vec::<String>::new());
    assert_eq!(office.discord.count(EDIT), 1);
    office.finish();
}

#[tokio::test]
async fn a_new_generation_is_a_new_message() {
    let office = Office::open().await;
    let mut request = office.request();
    let place = office.messenger.post_card(&request).await.unwrap();
    office.discord.delete_message(&office.discord.card().await);
    request.card = at(place);
    assert_eq!(
        office.messenger.edit_card(&request).await,
        Err(Error::Gone(Missing::Message))
    );
    request.card = Projection {
        generation: 1,
        ..Projection::default()
    };
    let again = office.messenger.post_card(&request).await.unwrap();
    assert_ne!(again, place);
    office.finish();
}

#[tokio::test]
async fn closed_direct_messages_are_a_normal_outcome() {
    for code in [50_007, 50_278] {
        let office = Office::open().await;
        office.alice.close_dms(code);
        let outcome = office.messenger.open_letter(&office.approved()).await;
        assert_eq!(outcome, Err(Error::Closed));
    }
}

#[tokio::test]
async fn each_refusal_has_its_class() {
    let transient = |cause| Error::Transient { cause };
    let cases = [
        (
            Refusal::code(403, 50_001, "Missing Access"),
            Error::Forbidden { code: 50_001 },
        ),
        (
            Refusal::code(403, 50_013, "Missing Permissions"),
            Error::Forbidden { code: 50_013 },
        ),
        (
            Refusal::code(404, 10_003, "Unknown Channel"),
            Error::Gone(Missing::Channel),
        ),
        (
            Refusal::code(404, 10_013, "Unknown User"),
            Error::Gone(Missing::Member),
        ),
        (
            Refusal::code(400, 50_035, "Invalid Form Body"),
            Error::Rejected {
                status: 400,
                code: 50_035,
            },
        ),
        (Refusal::html(502), transient(Cause::Status(502))),
        (Refusal::html(503), transient(Cause::Status(503))),
        (
            Refusal::code(500, 0, "Internal Server Error"),
            transient(Cause::Status(500)),
        ),
        (
            Refusal::code(403, 40_003, "You are opening direct messages too fast"),
            Error::RateLimited {
                retry_after: Duration::from_secs(30),
            },
        ),
    ];
    for (refusal, expected) in cases {
        let office = Office::open().await;
        office.discord.fault(POST).refuse(refusal);
        let outcome = office.messenger.post_card(&office.request()).await;
        assert_eq!(outcome, Err(expected));
    }
}

#[tokio::test]
async fn a_missing_permission_is_forbidden_and_a_lost_channel_is_gone() {
    let office = Office::open().await;
    let channel = office.discord.admin_channel_id();
    office.discord.deny_bot(channel, permission::SEND_MESSAGES);
    let outcome = office.messenger.post_card(&office.request()).await;
    assert_eq!(outcome, Err(Error::Forbidden { code: 50_013 }));
    office.discord.delete_channel(channel);
    let outcome = office.messenger.post_card(&office.request()).await;
    assert_eq!(outcome, Err(Error::Gone(Missing::Channel)));
}

#[tokio::test]
async fn nothing_that_the_network_does_is_permanent() {
    let office = Office::patient(Duration::from_millis(300)).await;
    let request = office.request();
    office.discord.fault(POST).reset();
    let error = office.messenger.post_card(&request).await.unwrap_err();
    assert_eq!(
        error,
        Error::Transient {
            cause: Cause::Connection
        }
    );
    office.discord.fault(POST).hang();
    let error = office.messenger.post_card(&request).await.unwrap_err();
    assert_eq!(
        error,
        Error::Transient {
            cause: Cause::Timeout
        }
    );
    office.discord.fault(POST).garble();
    let error = office.messenger.post_card(&request).await.unwrap_err();
    assert_eq!(
        error,
        Error::Transient {
            cause: Cause::Unreadable
        }
    );
    office.messenger.post_card(&request).await.unwrap();
    assert_eq!(office.discord.cards().len(), 1);
}

#[tokio::test]
async fn a_refused_token_ends_all_traffic() {
    let office = Office::open().await;
    office.discord.reset_token();
    let request = office.request();
    let refused = office.connection.wire().refused();
    assert!(!refused.is_cancelled());
    for _ in 0..5 {
        let outcome = office.messenger.post_card(&request).await;
        assert_eq!(outcome, Err(Error::Unauthorised));
    }
    assert!(refused.is_cancelled());
    assert_eq!(office.discord.count(POST), 1);
}

#[tokio::test]
async fn a_long_rate_limit_is_obeyed_without_another_call() {
    for refusal in [
        Refusal::rate_limited("user", 40.0),
        Refusal::rate_limited("shared", 40.0),
        Refusal::rate_limited("global", 40.0),
        Refusal::cloudflare(40),
    ] {
        let office = Office::open().await;
        office.discord.fault(POST).refuse(refusal);
        for _ in 0..5 {
            let outcome = office.messenger.post_card(&office.request()).await;
            let wait = outcome.unwrap_err().retry_after().unwrap();
            assert!((38..=40).contains(&wait.as_secs()), "{wait:?}");
        }
        assert_eq!(office.discord.count(POST), 1);
    }
}

#[tokio::test]
async fn a_global_limit_holds_letters_too_and_a_bucket_does_not() {
    let office = Office::open().await;
    let channel = office.discord.admin_channel_id();
    let fault = || office.discord.fault(POST).in_channel(channel);
    fault().refuse(Refusal::rate_limited("user", 40.0));
    office
        .messenger
        .post_card(&office.request())
        .await
        .unwrap_err();
    office
        .messenger
        .open_letter(&office.approved())
        .await
        .unwrap();

    let office = Office::open().await;
    office
        .discord
        .fault(POST)
        .refuse(Refusal::rate_limited("global", 40.0));
    office
        .messenger
        .post_card(&office.request())
        .await
        .unwrap_err();
    let outcome = office.messenger.open_letter(&office.approved()).await;
    assert!(outcome.unwrap_err().retry_after().is_some());
    assert_eq!(office.discord.count(OPEN), 0);
}

#[tokio::test]
async fn a_crowd_of_cards_waits_for_its_turn_and_is_never_refused() {
    let office = Office::open().await;
    office
        .discord
        .limit_rate(POST, 2, Duration::from_millis(200));
    for number in 0..6 {
        let mut request = office.request();
        request.id = RequestId(number);
        office.messenger.post_card(&request).await.unwrap();
    }
    let calls = office.discord.calls();
    assert!(calls.iter().all(|call| call.status == Some(200)));
    assert_eq!(office.discord.cards().len(), 6);
    office.finish();
}

#[tokio::test]
async fn edits_of_old_messages_wait_as_told() {
    let office = Office::open().await;
    let mut request = office.request();
    let place = office.messenger.post_card(&request).await.unwrap();
    office.discord.limit_old_edits(Some(0));
    office.discord.pass_time(Duration::from_hours(2));
    request.card = at(place);
    let error = office.messenger.edit_card(&request).await.unwrap_err();
    assert!(matches!(error, Error::TooOld { .. }), "{error}");
}

/// Registers the command, defers every interaction privately and passes its token on.
struct Clerk(mpsc::UnboundedSender<String>, GuildId);

#[async_trait]
impl EventHandler for Clerk {
    async fn ready(&self, context: Context, _: Ready) {
        let commands = vec![request_device()];
        self.1.set_commands(&context.http, commands).await.unwrap();
    }

    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        let Interaction::Command(command) = interaction else {
            return;
        };
        let private = CreateInteractionResponseMessage::new().ephemeral(true);
        let response = CreateInteractionResponse::Defer(private);
        command
            .create_response(&context.http, response)
            .await
            .unwrap();
        self.0.send(command.token).unwrap();
    }
}

#[tokio::test]
async fn a_private_answer_can_be_written_to_while_its_token_lives() {
    let office = Office::open().await;
    let (sender, mut tokens) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    let clerk = Arc::new(Clerk(sender, GuildId::new(office.discord.guild_id())));
    let (connection, stopped) = (office.connection.clone(), stop.clone());
    let bot = tokio::spawn(async move { run(&connection, clerk, stopped).await });
    office.discord.bot_is_ready().await;
    let interaction = office.alice.request_device("laptop", "linux", None).await;
    let token = tokens.recv().await.unwrap();

    let request = office.issuing(None);
    let secret = SecretString::from(KEY);
    let key = ShownKey {
        secret: &secret,
        expires_at: request.created_at + SignedDuration::from_hours(1),
    };
    let show = || office.messenger.show_key_privately(&request, &key);
    assert_eq!(show().await, Err(Error::Expired));
    assert_eq!(office.discord.count(ANSWER), 0);

    let remember = |answer| {
        office
            .answers
            .remember(request.id, answer, token.as_str().into());
    };
    remember(Answer::Claim);
    show().await.unwrap();
    let message = interaction.original().unwrap();
    assert_eq!(message.scan().as_deref(), Some(KEY));
    assert!(message.is_ephemeral());

    remember(Answer::Receipt);
    office.messenger.edit_answer(&request).await.unwrap();
    let message = interaction.original().unwrap();
    assert!(message.attachments().is_empty() && !message.says(KEY));

    office.discord.pass_time(Duration::from_mins(16));
    assert_eq!(show().await, Err(Error::Expired));
    assert!(!office.answers.lives(request.id, Answer::Claim));
    assert!(!office.connection.wire().refused().is_cancelled());
    stop.cancel();
    bot.await.unwrap().unwrap();
    assert!(!office.discord.gateway().is_online());
}
