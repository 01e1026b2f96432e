//! An answer of Headscale's over a real connection: whatever it is, every call ends in a value or in one short sentence.

#![no_main]

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use headscale_usher::domain::{HeadscaleUserId, KeyId, NodeId};
use headscale_usher::headscale::{ApiKey, Error, Headscale, KeyOrder, Release};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use tokio::runtime::Runtime;

type Canned = Arc<Mutex<(StatusCode, &'static str, Bytes)>>;

struct Scene {
    runtime: Runtime,
    answer: Canned,
    /// One for each release: making one takes longer than many calls.
    clients: Vec<Headscale>,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let answer = Canned::default();
    let router = Router::new()
        .route("/{release}/version", get(version))
        .fallback(reply)
        .with_state(answer.clone());
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
    let listener = listener.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let clients = Release::ALL.map(|release| client(&address, release)).into();
    runtime.spawn(async move { axum::serve(listener, router).await });
    Scene {
        runtime,
        answer,
        clients,
    }
});

/// Each client has a path of its own, under which Headscale names its release.
async fn version(Path(release): Path<String>) -> impl IntoResponse {
    let body = format!("{{\"version\":\"v{release}.0\"}}");
    ([(header::CONTENT_TYPE, "application/json")], body)
}

async fn reply(State(answer): State<Canned>) -> impl IntoResponse {
    let (status, kind, body) = answer.lock().expect("no panic").clone();
    (status, [(header::CONTENT_TYPE, kind)], body)
}

fuzz_target!(|input: &[u8]| {
    let [status, choice, body @ ..] = input else {
        return;
    };
    const STATUSES: [u16; 12] = [200, 200, 200, 200, 201, 400, 401, 404, 409, 429, 500, 503];
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let kind = if choice & 0x80 == 0 {
        "application/json"
    } else {
        "text/html"
    };
    let scene = &*SCENE;
    *scene.answer.lock().expect("no panic") = (
        StatusCode::from_u16(status).expect("a status"),
        kind,
        Bytes::copy_from_slice(body),
    );
    let headscale = &scene.clients[usize::from(choice >> 4 & 7) % scene.clients.len()];
    let outcome = scene.runtime.block_on(call(headscale, choice & 15));
    if let Err(error) = outcome {
        let shown = error.to_string();
        assert!(shown.chars().count() <= 300, "{shown}");
        assert!(!shown.contains(char::is_control), "{shown:?}");
    }
});

fn client(address: &str, release: Release) -> Headscale {
    let address = format!("{address}/{release}");
    let address = address.parse().expect("an address");
    let key = ApiKey::Fixed("key".into());
    Headscale::over_http(&address, key, Duration::from_secs(5)).expect("a client")
}

async fn call(headscale: &Headscale, choice: u8) -> Result<(), Error> {
    let name = "somebody".parse().expect("a name");
    let order = KeyOrder {
        user: HeadscaleUserId(1),
        expiration: Timestamp::UNIX_EPOCH,
        ephemeral: false,
        tags: Vec::new(),
    };
    match choice {
        0 | 1 => headscale.create_key(&order).await.map(drop),
        2 | 3 => headscale.list_keys(&[HeadscaleUserId(1)]).await.map(drop),
        4 | 5 => headscale.list_nodes().await.map(drop),
        6 => headscale.find_user(&name).await.map(drop),
        7 => headscale.expire_key(KeyId(1), HeadscaleUserId(1)).await,
        8 => headscale.rename_node(NodeId(1), "laptop").await.map(drop),
        9 => headscale.expire_node(NodeId(1)).await.map(drop),
        10 => headscale.delete_node(NodeId(1)).await,
        11 => headscale.api_key_standing().await.map(drop),
        _ => headscale.release().await.map(drop),
    }
}
