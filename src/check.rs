//! `headscale-usher check`: one line for each thing that has to be right, ✓ or ✗ with the mend.

use std::process::ExitCode;

use crate::app;
use crate::config::{Settings, Warning};
use crate::domain::{ChannelId, GuildId, RoleId};
use crate::gateway::Place;
use crate::headscale::{ApiKeyStanding, Error, Headscale};
use crate::store::Store;

/// What was looked at, and what was found: a fact, or the trouble with its mend.
struct Line {
    subject: String,
    found: Result<String, String>,
}

impl Line {
    fn new(subject: impl Into<String>, found: Result<String, String>) -> Self {
        Self {
            subject: subject.into(),
            found,
        }
    }

    fn text(&self) -> String {
        match &self.found {
            Ok(fact) => format!("✓ {}: {fact}", self.subject),
            Err(mend) => format!("✗ {}: {mend}", self.subject),
        }
    }
}

/// Looks at everything, prints a line for each, and fails if one of them is wrong.
#[expect(
    clippy::print_stdout,
    reason = "the lines are the product of this command"
)]
pub async fn run(settings: &Settings, warnings: &[Warning]) -> ExitCode {
    let mut lines = vec![Line::new("Settings", Ok("complete".into()))];
    lines.push(store(settings).await);
    lines.extend(discord(settings).await);
    lines.extend(headscale(settings).await);
    for warning in warnings {
        println!("! {warning}");
    }
    for line in &lines {
        println!("{}", line.text());
    }
    if lines.iter().all(|line| line.found.is_ok()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn store(settings: &Settings) -> Line {
    let path = &settings.database.path;
    let found = match Store::open(path).await {
        Ok(store) => {
            let writable = store.writable().await;
            store.close().await;
            writable.map(|()| format!("{} can be written", path.display()))
        }
        // The running bot holds it, which is as it should be.
        Err(crate::store::Error::InUse { .. }) => {
            Ok(format!("{} is in use by the running bot", path.display()))
        }
        Err(error) => Err(error),
    };
    Line::new("Store", found.map_err(|error| error.to_string()))
}

async fn discord(settings: &Settings) -> Vec<Line> {
    let connection = match app::connection(settings) {
        Ok(connection) => connection,
        Err(error) => return vec![Line::new("Discord", Err(format!("{error:#}")))],
    };
    let discord = &settings.discord;
    let place = Place {
        guild: GuildId(discord.guild_id),
        admin_channel: ChannelId(discord.admin_channel_id),
        approver_roles: discord
            .approver_role_ids
            .iter()
            .copied()
            .map(RoleId)
            .collect(),
        called_role: discord.mention_role_id.map(RoleId),
    };
    let findings = connection.inspect(&place).await;
    let line = |finding: crate::gateway::Finding| {
        let found = finding
            .verdict
            .map_err(|fault| format!("{fault}. {}", fault.mend()));
        Line::new(format!("Discord {}", finding.subject), found)
    };
    findings.into_iter().map(line).collect()
}

async fn headscale(settings: &Settings) -> Vec<Line> {
    let headscale = match Headscale::new(&app::headscale_settings(settings)) {
        Ok(headscale) => headscale,
        Err(error) => return vec![Line::new("Headscale", Err(format!("{error}.")))],
    };
    let release = headscale.release().await;
    let reached = !matches!(release, Err(Error::Unreachable(_) | Error::TimedOut(_)));
    let url = &settings.headscale.url;
    let mut lines = vec![Line::new(
        "Headscale",
        release
            .map(|release| format!("{url} speaks {release}"))
            .map_err(|error| headscale_mend(&error, settings)),
    )];
    if reached {
        let standing = headscale.api_key_standing().await;
        let found = standing
            .map(standing_in_words)
            .map_err(|error| headscale_mend(&error, settings));
        lines.push(Line::new("Headscale API key", found));
    }
    lines
}

fn standing_in_words(standing: ApiKeyStanding) -> String {
    match standing {
        ApiKeyStanding::ExpiresAt(at) => {
            format!("accepted, expires {}", at.strftime("%Y-%m-%d %H:%M UTC"))
        }
        ApiKeyStanding::NeverExpires => "accepted, does not expire".into(),
        ApiKeyStanding::NotListed => "accepted, but Headscale does not say when it expires".into(),
        ApiKeyStanding::NotNeeded => "not needed".into(),
    }
}

fn headscale_mend(error: &Error, settings: &Settings) -> String {
    let mend = if error.is_unauthorised() {
        "Make a new key with `headscale apikeys create` and put it into headscale.api_key or its file."
    } else {
        "Check headscale.url, that Headscale runs, and that this machine can reach it."
    };
    format!("{error} ({}). {mend}", settings.headscale.url)
}
