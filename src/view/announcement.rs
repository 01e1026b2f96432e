//! What the approvers should know that belongs to no request.

use jiff::Timestamp;

use super::Face;
use super::words::relative;

/// The bot's own key to Headscale runs out.
pub fn api_key_expires(at: Timestamp) -> Face {
    Face::text(format!(
        "⚠️ The bot's API key for Headscale expires {}. After that no device can be approved. Make a new one with \
         `headscale apikeys create` and put it where the bot's settings point; a key in a file is picked up without a \
         restart.",
        relative(at)
    ))
}
