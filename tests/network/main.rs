//! Stories about the network itself: devices that wait with a sign-in link, the watch until a device is online,
//! revoking, and the bot's own key to Headscale. The bot runs inside this process, the stand-ins around it.

mod links;
mod links_lost;
mod links_read;
mod operator;
#[path = "../stories/steps.rs"]
mod steps;
