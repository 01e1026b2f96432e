//! Whoever else has a key to Headscale: what an operator does beside the bot.

use headscale_usher::headscale::{ApiKey, Headscale, Settings};
use secrecy::SecretString;
use stage::Stage;

pub(crate) fn operator(stage: &Stage) -> Headscale {
    let url = stage.headscale.url().parse().expect("a URL");
    let key = ApiKey::Fixed(SecretString::from(stage.headscale.api_key()));
    Headscale::new(&Settings::new(url, key)).expect("a client")
}
