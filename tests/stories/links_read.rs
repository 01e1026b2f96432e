//! Sign-in links: which texts count as one, and who hears that they exist.

use serde_json::json;
use stage::Stage;
use stand_ins::discord::Layout;
use stand_ins::headscale::{Release, When};

use crate::links::asks_with;
use crate::steps::answer;

/// Everything that a person might paste, or a scoundrel.
fn wrong_links(right: &str, release: Release) -> Vec<String> {
    let id = right.rsplit('/').next().expect("a link ends in an id");
    let server = right.strip_suffix(&format!("/register/{id}"));
    let server = server.expect("a link leads to a server");
    let address = server.strip_prefix("http://").expect("a plain address");
    let (host, port) = address.split_once(':').expect("an address has a port");
    let port: u16 = port.parse().expect("a port is a number");
    let other_form = match id.strip_prefix("hskey-authreq-") {
        Some(random) => random.to_owned(),
        None => format!("hskey-authreq-{id}"),
    };
    assert_eq!(other_form.len() > id.len(), release < Release::V0_29);
    vec![
        id.to_owned(),
        format!("/register/{id}"),
        format!("{address}/register/{id}"),
        format!("https://evil.example/register/{id}"),
        format!("http://{host}.evil.example:{port}/register/{id}"),
        format!("http://{address}@evil.example/register/{id}"),
        format!("http://me@{address}/register/{id}"),
        format!("https://{address}/register/{id}"),
        format!("http://{host}:{}/register/{id}", port.wrapping_add(1)),
        format!("http://{host}/register/{id}"),
        format!("{server}/register/{id}/more"),
        format!("{server}/register/{id}?user=root"),
        format!("{server}/register/{id}#x"),
        format!("{server}/register/{}", &id[..id.len() - 1]),
        format!("{server}/register/{id}x"),
        format!("{server}/register/{other_form}"),
        format!("{server}/register/../register/{other_form}"),
        format!("{server}/ssh/check/{id}"),
        format!("{server}/auth/{id}"),
        format!("{server}/{id}"),
        format!("{server}/register/"),
        "hello".to_owned(),
    ]
}

#[tokio::test]
async fn only_a_whole_link_to_our_own_headscale_is_taken() {
    for release in [
        Release::V0_26,
        Release::V0_28,
        Release::V0_29,
        Release::V0_30,
    ] {
        let mut stage = Stage::set_with(Layout::default(), release).await;
        let found = stage.headscale.hold("GET", "/api/v1/apikey", When::Before);
        stage.start().await;
        found.arrived().await;
        found.release();
        // Every refusal costs a little patience of the bot: one person for each.
        let link = stage.headscale.pending_sign_in("phone");
        let example = format!("{}/register/…", stage.headscale.url());
        for (number, wrong) in wrong_links(&link, release).iter().enumerate() {
            let member = stage.discord.member(&format!("member-{number}"));
            let told = answer(asks_with(&member, "phone", wrong).await).await;
            assert!(
                told.starts_with("link: ") && told.contains(&example),
                "{release} {wrong}: {told}"
            );
        }
        assert!(stage.discord.cards().is_empty());
        assert!(stage.headscale.nodes().is_empty());
        stage.finish().await;
    }
}

#[tokio::test]
async fn a_link_is_taken_with_white_space_around_it() {
    let stage = Stage::open().await;
    let alice = stage.alice();
    let link = stage.headscale.pending_sign_in("phone");
    asks_with(&alice, "phone", &format!("  {link} "))
        .await
        .answer()
        .await;
    let card = stage.card_of("phone").await;
    stage.approve(&card).await;
    stage.says(&card, "Joined").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_link_leads_to_the_login_server_and_not_to_where_the_bot_finds_headscale() {
    let mut stage = Stage::set().await;
    stage
        .settings
        .text_value("headscale.login_server", "https://vpn.example.org/net");
    stage.start().await;
    let alice = stage.alice();
    let inside = stage.headscale.pending_sign_in("phone");
    let told = answer(asks_with(&alice, "phone", &inside).await).await;
    assert!(
        told.contains("https://vpn.example.org/net/register/…"),
        "{told}"
    );
    let id = inside.rsplit('/').next().expect("a link ends in an id");
    let outside = format!("https://vpn.example.org/net/register/{id}");
    asks_with(&alice, "phone", &outside).await.answer().await;
    let card = stage.card_of("phone").await;
    stage.approve(&card).await;
    stage.says(&card, "Joined").await;
    stage.finish().await;
}

#[tokio::test]
async fn a_link_that_was_taken_while_headscale_was_down_is_read_again_on_approval() {
    let mut stage = Stage::set_with(Layout::default(), Release::V0_28).await;
    let link = stage.headscale.pending_sign_in("phone");
    stage.headscale.down().await;
    stage.start().await;
    let alice = stage.alice();
    let of_another_release = link.replace("/register/", "/register/hskey-authreq-");
    asks_with(&alice, "phone", &of_another_release)
        .await
        .answer()
        .await;
    let wrong = stage.card_of("phone").await;
    asks_with(&alice, "tablet", &link).await.answer().await;
    let right = stage.card_of("tablet").await;
    stage.headscale.up().await;
    stage.approve(&wrong).await;
    stage.approve(&right).await;
    let wrong = stage.says(&wrong, "Failed").await;
    assert!(wrong.says("isn't one that Headscale 0"), "{}", wrong.text());
    stage.says(&right, "Joined").await;
    assert_eq!(stage.headscale.count("POST", "/api/v1/node/register"), 1);
    stage.finish().await;
}

#[tokio::test]
async fn owners_of_phones_and_tvs_are_told_of_the_link_first() {
    let stage = Stage::open().await;
    for (platform, menu) in [
        ("ios", "Use custom coordination server"),
        ("tv", "ALTERNATE COORDINATION SERVER URL"),
        ("android", "Use an alternate server"),
    ] {
        let member = stage.discord.member(platform);
        let asked = member.request_device("gadget", platform, None).await;
        let told = answer(asked).await;
        assert!(
            told.contains("sign-in link") && told.contains(menu),
            "{platform}: {told}"
        );
        assert!(told.contains(&stage.headscale.url()), "{platform}: {told}");
    }
    let link = stage.headscale.pending_sign_in("apple-tv");
    let told = ["linux", "macos", "windows", "other"].map(|platform| (platform, json!(null)));
    for (platform, link) in told.into_iter().chain([("tv", json!(link))]) {
        let member = stage.discord.member(&format!("{platform}-owner"));
        let options = json!({ "device": "gadget", "platform": platform, "link": link });
        let told = answer(member.slash("request-device", options).await).await;
        assert!(!told.contains("sign-in link"), "{platform}: {told}");
    }
    stage.finish().await;
}
