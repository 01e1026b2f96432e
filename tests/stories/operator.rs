//! Somebody else with a key to Headscale: an operator who works beside the bot.

use std::time::Duration;

use headscale_usher::headscale::{ApiKey, Headscale};
use secrecy::SecretString;
use stage::Stage;

pub(crate) fn operator(stage: &Stage) -> Headscale {
    let url = stage.headscale.url().parse().expect("a URL");
    let key = ApiKey::Fixed(SecretString::from(stage.headscale.api_key()));
    Headscale::over_http(&url, key, Duration::from_secs(10)).expect("a client")
}
