//! The settings that lead the bot to the stand-ins.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use secrecy::ExposeSecret as _;

use stand_ins::discord::Discord;
use stand_ins::headscale::{Headscale, RealHeadscale};

/// `section.key` → a TOML value, as text.
#[derive(Clone, Debug)]
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    pub fn for_stand_ins(discord: &Discord, headscale: &Headscale, dir: &Path) -> Self {
        let mut settings = Self(BTreeMap::new());
        settings
            .text_value("discord.token", discord.token().expose_secret())
            .text_value("discord.api_url", &discord.api_url())
            .set("discord.guild_id", discord.guild_id())
            .set("discord.admin_channel_id", discord.admin_channel_id())
            .set(
                "discord.approver_role_ids",
                format!("[{}]", discord.approver_role_id()),
            )
            .text_value("headscale.url", &headscale.url())
            .text_value("headscale.api_key", &headscale.api_key())
            .text_value("headscale.watch_interval", "1s")
            .text_value("retries.first", "1s")
            .text_value("operations.listen", "off")
            .text_value(
                "database.url",
                &format!("sqlite://{}/usher.db", dir.display()),
            );
        settings
    }

    /// Leads the bot to a real Headscale in the stand-in's place.
    pub fn lead_to(&mut self, headscale: &RealHeadscale) -> &mut Self {
        self.text_value("headscale.url", headscale.url())
            .text_value("headscale.api_key", headscale.api_key())
    }

    /// Any TOML value.
    #[expect(clippy::needless_pass_by_value, reason = "reads best at the caller")]
    pub fn set(&mut self, key: &str, value: impl ToString) -> &mut Self {
        self.0.insert(key.to_owned(), value.to_string());
        self
    }

    /// A TOML string.
    pub fn text_value(&mut self, key: &str, value: &str) -> &mut Self {
        self.set(key, format!("{value:?}"))
    }

    pub fn remove(&mut self, key: &str) -> &mut Self {
        self.0.remove(key);
        self
    }

    /// As a settings file.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut open = "";
        for (key, value) in &self.0 {
            let (section, name) = key.split_once('.').expect("a key is in a section");
            if section != open {
                writeln!(text, "[{section}]").expect("a string takes text");
                open = section;
            }
            writeln!(text, "{name} = {value}").expect("a string takes text");
        }
        text
    }
}
