//! A client without manners: says exactly what a test tells it to.

use reqwest::{Client, Method, RequestBuilder, multipart};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use stand_ins::discord::Discord;

pub(crate) struct Raw {
    client: Client,
    base: String,
    token: String,
}

impl Raw {
    pub(crate) fn new(discord: &Discord) -> Self {
        let agent = "DiscordBot (https://example.org, 1.0)";
        Self {
            client: Client::builder()
                .user_agent(agent)
                .build()
                .expect("a client"),
            base: format!("{}/api/v10", discord.api_url()),
            token: discord.token().expose_secret().to_owned(),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        request.header("authorization", format!("Bot {}", self.token))
    }

    /// Status and body; a body that is no JSON is null.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        finish(request).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(Method::POST, path, Some(body)).await
    }

    /// A form with `payload_json` and files.
    pub(crate) async fn upload(
        &self,
        path: &str,
        body: &Value,
        files: &[(&'static str, &'static str, Vec<u8>)],
    ) -> (u16, Value) {
        let mut form = multipart::Form::new().text("payload_json", body.to_string());
        for (field, name, bytes) in files {
            form = form.part(
                *field,
                multipart::Part::bytes(bytes.clone()).file_name(*name),
            );
        }
        finish(self.request(Method::POST, path).multipart(form)).await
    }
}

pub(crate) async fn finish(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a readable answer");
    (status, serde_json::from_str(&text).unwrap_or_default())
}

/// True if Discord's tree of errors points at this dotted place.
pub(crate) fn wrong_at(answer: &Value, place: &str) -> bool {
    let at = place
        .split('.')
        .fold(&answer["errors"], |at, step| &at[step]);
    at["_errors"].is_array()
}
