//! headscale-usher ushers devices into a Headscale network from Discord.
pub mod domain;
pub mod gateway;
pub mod outbound;
pub mod view;
