//! headscale-usher ushers devices into a Headscale network from Discord.
pub mod clock;
pub mod domain;
pub mod headscale;
pub mod store;
pub mod view;
