//! The endpoint over a real socket.

use insta::assert_snapshot;
use stand_ins::ReservedPort;
use tokio::task::JoinSet;

use super::*;

struct Endpoint {
    address: SocketAddr,
    health: Health,
    stop: CancellationToken,
    tasks: JoinSet<io::Result<()>>,
}

impl Endpoint {
    async fn start(health: Health) -> Self {
        let (listener, address) = free_port().await;
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(serve_on(listener, health.clone(), stop.clone()));
        Self {
            address,
            health,
            stop,
            tasks,
        }
    }

    async fn get(&self, path: &str) -> String {
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        let answer = client
            .get(format!("http://{}{path}", self.address))
            .send()
            .await;
        let answer = answer.expect("an answer");
        let status = answer.status().as_u16();
        format!("{status} {}", answer.text().await.expect("a text"))
    }

    async fn finish(self) {
        self.stop.cancel();
        let results = self.tasks.join_all().await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    }
}

async fn free_port() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    (listener, address)
}

#[tokio::test]
async fn a_bot_that_ticks_is_alive() {
    let endpoint = Endpoint::start(Health::new()).await;
    endpoint.health.heartbeat();
    assert_eq!(endpoint.get("/healthz").await, "200 alive\n");
    probe(endpoint.address).await.expect("alive");
    endpoint.finish().await;
}

#[tokio::test]
async fn a_bot_that_no_longer_ticks_is_unwell() {
    let endpoint = Endpoint::start(Health::with_patience(Duration::ZERO)).await;
    let unwell = probe(endpoint.address).await.expect_err("no tick");
    // A busy machine may let more than a second pass.
    let unwell = unwell.to_string();
    let (said, _seconds) = unwell.rsplit_once(" for ").expect("a time");
    assert_snapshot!(said, @"503 Service Unavailable: the worker has not ticked");
    endpoint.finish().await;
}

#[tokio::test]
async fn a_bot_that_does_not_run_is_silent() {
    let port = ReservedPort::any().expect("a free port");
    let address = SocketAddr::from(([127, 0, 0, 1], port.number()));
    let silent = probe(address).await.expect_err("nobody there").to_string();
    let silent = silent.replace(&address.to_string(), "[address]");
    assert_snapshot!(silent, @"nothing answers at [address]; is the bot running, with the same operations.listen?");
}

#[tokio::test]
async fn readiness_names_every_cause() {
    let endpoint = Endpoint::start(Health::new()).await;
    assert_snapshot!(endpoint.get("/readyz").await, @r#"503 {"commands":{"cause":"not tried yet","ok":false},"gateway":{"cause":"not tried yet","ok":false},"headscale":{"cause":"not tried yet","ok":false},"ready":false,"store":{"cause":"not tried yet","ok":false}}"#);

    endpoint.health.store_ok();
    endpoint.health.gateway_disconnected();
    endpoint
        .health
        .headscale_trouble("Headscale does not accept the API key");
    assert_snapshot!(endpoint.get("/readyz").await, @r#"503 {"commands":{"cause":"not tried yet","ok":false},"gateway":{"cause":"Discord's gateway is not connected","ok":false},"headscale":{"cause":"Headscale does not accept the API key","ok":false},"ready":false,"store":{"ok":true}}"#);

    endpoint.health.gateway_session_began();
    endpoint.health.headscale_ok();
    endpoint
        .health
        .commands_trouble("Discord does not let the bot in");
    assert!(!endpoint.health.report().is_ready());
    endpoint.health.commands_ok();
    assert_snapshot!(endpoint.get("/readyz").await, @r#"200 {"commands":{"ok":true},"gateway":{"ok":true},"headscale":{"ok":true},"ready":true,"store":{"ok":true}}"#);
    assert!(endpoint.health.report().is_ready());
    endpoint.finish().await;
}

#[tokio::test]
async fn numbers_are_in_the_format_of_prometheus() {
    let endpoint = Endpoint::start(Health::new()).await;
    endpoint.health.store_ok();
    endpoint.health.metrics().interaction("command");
    endpoint.health.metrics().interaction_lost();
    endpoint.health.metrics().request_reached("approved");
    endpoint.health.metrics().step("issue", Outcome::Retried);
    endpoint.health.metrics().gateway_reconnected();
    let text = endpoint.get("/metrics").await;
    let mut lines: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("usher_"))
        .collect();
    lines.sort_unstable();
    assert_snapshot!(lines.join("\n"), @r#"
    usher_gateway_resumes_total 1
    usher_interactions_lost_total 1
    usher_interactions_total{kind="command"} 1
    usher_requests_total{status="approved"} 1
    usher_steps_total{step="issue",outcome="retried"} 1
    usher_up{part="commands"} 0
    usher_up{part="gateway"} 0
    usher_up{part="headscale"} 0
    usher_up{part="store"} 1
    "#);
    endpoint.finish().await;
}

#[tokio::test]
async fn every_observation_counts_scraped_or_not() {
    let endpoint = Endpoint::start(Health::new()).await;
    for _ in 0..1000 {
        endpoint
            .health
            .metrics()
            .acknowledged_after(Duration::from_millis(3));
        endpoint
            .health
            .metrics()
            .headscale_call(Duration::from_millis(30), true);
    }
    let text = endpoint.get("/metrics").await;
    for line in [
        r#"usher_acknowledgement_seconds_bucket{le="0.005"} 1000"#,
        r#"usher_headscale_seconds_bucket{outcome="ok",le="0.025"} 0"#,
        r#"usher_headscale_seconds_bucket{outcome="ok",le="0.05"} 1000"#,
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    endpoint.finish().await;
}

#[tokio::test]
async fn a_client_that_holds_its_connection_does_not_hold_up_the_end() {
    let endpoint = Endpoint::start(Health::new()).await;
    let held = tokio::net::TcpStream::connect(endpoint.address)
        .await
        .expect("a connection");
    assert_eq!(endpoint.get("/healthz").await, "200 alive\n");
    endpoint.finish().await;
    drop(held);
}

#[tokio::test]
async fn a_port_in_use_is_a_sentence() {
    let (listener, address) = free_port().await;
    let served = serve(address, Health::new(), CancellationToken::new()).await;
    drop(listener);
    let error = served.expect_err("in use").to_string();
    let error = error.replace(&address.to_string(), "[address]");
    assert_snapshot!(error, @"operations.listen: [address] cannot be used: Address already in use (os error 98)");
}

#[test]
fn a_listener_on_all_addresses_is_asked_on_loopback() {
    let asked = |listen: &str| reachable(listen.parse().expect("an address")).to_string();
    assert_eq!(asked("0.0.0.0:8787"), "127.0.0.1:8787");
    assert_eq!(asked("[::]:8787"), "[::1]:8787");
    assert_eq!(asked("10.0.0.7:8787"), "10.0.0.7:8787");
}

#[test]
fn a_long_cause_is_cut() {
    let health = Health::new();
    health.store_trouble(&"x".repeat(10_000));
    assert!(format!("{:?}", health.report()).len() < 500);
}
