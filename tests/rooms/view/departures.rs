//! The card about a member who left, state by state.

use super::people::{alice, carol, claimable, delivered, joined, moment, request, revoked, rules};
use super::reading::{json, read};
use crate::domain::{
    Departure, DepartureId, DepartureState, DeviceRequest, Handover, Naming, OnRevoke, Person,
    Platform, Projection, RequestId, State,
};
use crate::view;

fn departure(state: DepartureState) -> Departure {
    Departure {
        id: DepartureId(7),
        person: alice(),
        first_missing_at: moment(0),
        state,
        devices: vec![RequestId(42), RequestId(43), RequestId(44)],
        updated_at: moment(3_600),
        version: 2,
        card: Projection::default(),
    }
}

fn device(id: i64, name: &str, platform: Platform, state: State) -> DeviceRequest {
    DeviceRequest {
        id: RequestId(id),
        device: name.parse().unwrap(),
        platform,
        ..request(state)
    }
}

fn live() -> Vec<DeviceRequest> {
    let lapsed = crate::domain::ClaimReason::KeyLapsed;
    vec![
        device(42, "laptop", Platform::Linux, joined(Naming::Settled, None)),
        device(
            43,
            "phone",
            Platform::Ios,
            delivered(Handover::Letter, false, None),
        ),
        device(44, "tv", Platform::Tv, claimable(lapsed)),
    ]
}

fn shown(state: DepartureState, devices: &[DeviceRequest]) -> String {
    read(&view::departure(&departure(state), devices, &rules()))
}

#[test]
fn the_question_says_what_each_answer_does_and_pings_nobody() {
    let braked = shown(DepartureState::Asking { braked: true }, &live());
    assert!(
        braked.contains("more members than usual are missing"),
        "{braked}"
    );
    insta::assert_snapshot!(shown(DepartureState::Asking { braked: false }, &live()), @r"
    ┌ Departure 7 · alice\_lee
    │ ❓ <@175928847299117063> left the server but still has **3 devices**. Expire all, or keep?
    ├ Who
    │ <@175928847299117063>
    │ -# alice\_lee · 175928847299117063
    │ Missing since <t:1800000000:R>
    ├ Devices
    │ `laptop` · Linux · #42
    │ `phone` · iPhone or iPad · #43
    │ `tv` · TV · #44
    ├ Expire all
    │ Signs their devices out until a new request is approved (before Headscale 0.29: removes them), and makes their unused keys useless
    [Expire all] danger v1:expire-all:7  [Keep] secondary v1:keep:7
    ");
    let mut deleting = rules();
    deleting.headscale.on_revoke = OnRevoke::Delete;
    let rendered = view::departure(
        &departure(DepartureState::Asking { braked: false }),
        &live(),
        &deleting,
    );
    assert!(read(&rendered).contains("Removes their devices from the network"));
}

#[test]
fn a_kept_card_says_who_and_when_it_would_be_asked_again() {
    let state = DepartureState::Kept { by: carol() };
    insta::assert_snapshot!(shown(state, &live()), @r"
    ┌ Departure 7 · alice\_lee
    │ 📌 **Kept** by <@80351110224678912> <t:1800003600:R> · you'll be asked again if they come back and leave, or get another device
    ├ Who
    │ <@175928847299117063>
    │ -# alice\_lee · 175928847299117063
    │ Missing since <t:1800000000:R>
    ├ Devices
    │ `laptop` · Linux · #42
    │ `phone` · iPhone or iPad · #43
    │ `tv` · TV · #44
    ");
}

#[test]
fn while_it_is_being_done_the_card_does_not_say_done() {
    let devices = [
        device(
            42,
            "laptop",
            Platform::Linux,
            joined(Naming::Settled, Some(carol())),
        ),
        device(43, "phone", Platform::Ios, revoked()),
    ];
    let state = DepartureState::Expiring { by: carol() };
    insta::assert_snapshot!(shown(state, &devices), @r"
    ┌ Departure 7 · alice\_lee
    │ ⚙️ **Expiring 2 devices** · requested by <@80351110224678912> · each request's own card says when it's done
    ├ Who
    │ <@175928847299117063>
    │ -# alice\_lee · 175928847299117063
    │ Missing since <t:1800000000:R>
    ├ Devices
    │ `laptop` · Linux · #42
    │ `phone` · iPhone or iPad · #43
    ");
}

#[test]
fn an_expired_card_counts_what_was_taken_back() {
    let mut devices = live();
    for device in &mut devices {
        device.state = revoked();
    }
    let state = || DepartureState::Expired { by: carol() };
    insta::assert_snapshot!(shown(state(), &devices), @r"
    ┌ Departure 7 · alice\_lee
    │ 🚫 **Expired 3 devices** <t:1800003600:R> · requested by <@80351110224678912>
    ├ Who
    │ <@175928847299117063>
    │ -# alice\_lee · 175928847299117063
    │ Missing since <t:1800000000:R>
    ├ Devices
    │ `laptop` · Linux · #42
    │ `phone` · iPhone or iPad · #43
    │ `tv` · TV · #44
    ");
    devices[2].state = State::Expired { approval: None };
    assert!(shown(state(), &devices).contains("**Expired 2 of 3 devices**"));
}

#[test]
fn what_the_bot_did_by_itself_names_nobody() {
    let state = DepartureState::Expired { by: Person::bot() };
    let text = shown(state, &[device(42, "laptop", Platform::Linux, revoked())]);
    assert!(
        text.contains("without asking, as the settings say"),
        "{text}"
    );
    assert!(!text.contains("<@0>"));
    let mut by_the_bot = request(revoked());
    if let State::Revoked { by, .. } = &mut by_the_bot.state {
        *by = Person::bot();
    }
    let mut in_hand = request(joined(Naming::Settled, Some(Person::bot())));
    let mut key = request(delivered(Handover::Letter, false, Some(Person::bot())));
    for request in [&mut by_the_bot, &mut in_hand, &mut key] {
        for rendered in [
            view::card(request, &rules()),
            view::letter(request, &rules()),
            view::submitted(request, &rules()),
            view::already_decided(request),
        ] {
            assert!(!read(&rendered).contains("<@0>"), "{}", read(&rendered));
        }
    }
    let card = read(&view::card(&by_the_bot, &rules()));
    assert!(
        card.contains("**Revoked** by the bot (the member left the server)"),
        "{card}"
    );
}

#[test]
fn a_member_who_is_back_and_one_with_nothing_left_need_no_answer() {
    let state = DepartureState::Back { kept_by: None };
    insta::assert_snapshot!(shown(state, &live()[..1]), @r"
    ┌ Departure 7 · alice\_lee
    │ ↩️ **Back** · <@175928847299117063> was seen in the server again <t:1800003600:R>
    ├ Who
    │ <@175928847299117063>
    │ -# alice\_lee · 175928847299117063
    │ Missing since <t:1800000000:R>
    ├ Devices
    │ `laptop` · Linux · #42
    ");
    let state = DepartureState::Back {
        kept_by: Some(carol()),
    };
    assert!(shown(state, &live()).contains("kept by <@80351110224678912>"));
    let text = shown(DepartureState::Over, &[]);
    assert!(
        text.contains("**Over**") && text.contains("had nothing left"),
        "{text}"
    );
}

#[test]
fn whoever_is_late_hears_what_happened() {
    let told = |state| read(&view::departure_decided(&departure(state)));
    insta::assert_snapshot!(told(DepartureState::Kept { by: carol() }), @"Departure 7: <@80351110224678912> kept everything <t:1800003600:R>. Your click changed nothing.");
    assert!(told(DepartureState::Expiring { by: Person::bot() }).contains("the bot ("));
    assert!(told(DepartureState::Over).contains("nothing was left"));
    assert!(told(DepartureState::Back { kept_by: None }).contains("came back"));
}

#[test]
fn a_hundred_devices_and_a_hostile_name_fit_into_one_message() {
    let mut departure = departure(DepartureState::Asking { braked: false });
    departure.person.name = "@everyone [x](https://evil.example) **".repeat(20);
    let name = "a".repeat(63);
    let devices: Vec<_> = (0..100)
        .map(|number| {
            device(
                1_000_000 + number,
                &name,
                Platform::Windows,
                live()[1].state.clone(),
            )
        })
        .collect();
    let rendered = view::departure(&departure, &devices, &rules());
    let text = read(&rendered);
    assert!(
        text.contains("100 devices") && text.contains("and 92 more"),
        "{text}"
    );
    assert!(!text.contains("@everyone"));
    let message = json(&rendered);
    let embed = &message["embeds"][0];
    for field in embed["fields"].as_array().unwrap() {
        assert!(field["value"].as_str().unwrap().encode_utf16().count() <= 1024);
    }
    assert!(embed["title"].as_str().unwrap().encode_utf16().count() <= 256);
}
