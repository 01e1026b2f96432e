//! `headscale-usher check`: one line for each thing that has to be right, ✓ or ✗ with the way to put it right. A
//! flaw that does not keep the bot from its work is marked `!`.

use std::fmt;
use std::process::ExitCode;

use jiff::{SignedDuration, Timestamp};

use crate::app;
use crate::clock::Clock;
use crate::config::{Settings, Warning};
use crate::domain::{UserMapping, UserName};
use crate::gateway::inspect::Finding;
use crate::headscale::{ApiKeyStanding, Error, Headscale, Unreachable};
use crate::i18n::text;
use crate::operations::Health;
use crate::store::{self, Store};
use crate::terminal::say;

/// An API key that runs out sooner than this is worth a word.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What was looked at, and what was found.
struct Line {
    subject: String,
    found: Found,
}

enum Found {
    Fine(String),
    /// A flaw, but the bot does its work.
    Poor(String),
    /// What is wrong, and how to put it right.
    Wrong(String),
}

use Found::{Fine, Poor, Wrong};

impl Line {
    fn new(subject: String, found: Found) -> Self {
        Self { subject, found }
    }

    fn is_wrong(&self) -> bool {
        matches!(self.found, Wrong(_))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, text) = match &self.found {
            Fine(text) => ('✓', text),
            Poor(text) => ('!', text),
            Wrong(text) => ('✗', text),
        };
        let (mark, subject) = (mark.to_string(), self.subject.clone());
        f.write_str(&text!(
            "check-line",
            mark = mark,
            subject = subject,
            text = text.clone()
        ))
    }
}

/// Looks at everything, prints a line for each, and fails if one of them is wrong.
pub async fn run(settings: &Settings, warnings: &[Warning]) -> ExitCode {
    let mut wrong = false;
    let mut show = |line: Line| {
        wrong |= line.is_wrong();
        say(&line.to_string());
    };
    show(Line::new(
        text!("check-settings"),
        Fine(text!("check-settings-fine")),
    ));
    for warning in warnings {
        say(&format!("! {warning}"));
    }
    show(Line::new(text!("check-store"), store(settings).await));
    discord(settings).await.into_iter().for_each(&mut show);
    headscale(settings).await.into_iter().for_each(&mut show);
    if wrong {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

async fn store(settings: &Settings) -> Found {
    let database = &settings.database;
    let path = database.path.display().to_string();
    let store = match Store::open_with(&database.path, database.backups_kept).await {
        Ok(store) => store,
        // Usually the running bot holds it, which is as it should be.
        Err(store::Error::InUse { .. }) => {
            return Fine(text!("check-store-in-use", path = path));
        }
        Err(error) => return no_store(&error),
    };
    let writable = store.writable().await;
    store.close().await;
    match writable {
        Ok(()) => Fine(text!("check-store-fine", path = path)),
        Err(error) => no_store(&error),
    }
}

fn no_store(error: &store::Error) -> Found {
    let cause = capital(&error.to_string());
    Wrong(match error {
        store::Error::Open { .. } => text!("check-store-open", cause = cause),
        store::Error::Newer(_) => text!("check-store-newer", cause = cause),
        store::Error::Foreign { .. } => text!("check-store-foreign", cause = cause),
        store::Error::NotBackedUp { .. } => text!("check-store-no-backup", cause = cause),
        // These say it themselves, or only somebody who repairs databases can.
        store::Error::InUse { .. }
        | store::Error::Write { .. }
        | store::Error::NotRestorable { .. }
        | store::Error::ReadOnly
        | store::Error::Full
        | store::Error::Disk(_)
        | store::Error::Damaged(_)
        | store::Error::Unsound(_)
        | store::Error::Unreleased
        | store::Error::Busy
        | store::Error::Corrupt { .. }
        | store::Error::UnknownRequest(_)
        | store::Error::GivenUp
        | store::Error::Database(_) => text!("check-store-wrong", cause = cause),
    })
}

async fn discord(settings: &Settings) -> Vec<Line> {
    let connection = match app::connection(settings, Health::new()) {
        Ok(connection) => connection,
        Err(error) => {
            let cause = format!("{error:#}");
            let found = Wrong(text!("check-store-wrong", cause = cause));
            return vec![Line::new(text!("check-discord"), found)];
        }
    };
    let findings = connection.inspect(&settings.rules.discord).await;
    findings.into_iter().map(of_discord).collect()
}

fn of_discord(finding: Finding) -> Line {
    let found = match finding.verdict {
        Ok(fact) => Fine(fact),
        Err(fault) if fault.is_harmless() => Poor(fault.text()),
        Err(fault) => Wrong(fault.text()),
    };
    Line::new(finding.subject, found)
}

/// Stops early where the rest cannot be known.
async fn headscale(settings: &Settings) -> Vec<Line> {
    let name = &settings.headscale.access.name();
    let wrong = |error: &Error| {
        let (cause, name) = (capital(&error.to_string()), name.clone());
        Wrong(text!(
            "check-headscale-wrong",
            cause = cause,
            name = name,
            fix = fix(error)
        ))
    };
    let headscale = match app::headscale(settings) {
        Ok(headscale) => headscale,
        Err(error) => return vec![Line::new(text!("check-headscale"), wrong(&error))],
    };
    let release = match headscale.release().await {
        Ok(release) => {
            let (name, release) = (name.clone(), release.to_string());
            Fine(text!(
                "check-headscale-fine",
                name = name,
                release = release
            ))
        }
        Err(error) => return vec![Line::new(text!("check-headscale"), wrong(&error))],
    };
    let mut lines = vec![Line::new(text!("check-headscale"), release)];
    match headscale.api_key_standing().await {
        Ok(standing) => lines.push(Line::new(text!("check-api-key"), of_key(standing))),
        Err(error) => {
            lines.push(Line::new(text!("check-api-key"), wrong(&error)));
            return lines;
        }
    }
    let rules = &settings.rules.headscale;
    if let UserMapping::Shared(name) = &rules.user {
        let found = fixed_user(&headscale, name, rules.create_users).await;
        let found = found.unwrap_or_else(|error| wrong(&error));
        lines.push(Line::new(text!("check-user"), found));
    }
    lines
}

fn of_key(standing: ApiKeyStanding) -> Found {
    match standing {
        ApiKeyStanding::ExpiresAt(at) => of_expiring_key(at),
        ApiKeyStanding::NeverExpires => Fine(text!("check-api-key-forever")),
        ApiKeyStanding::NotListed => Fine(text!("check-api-key-unlisted")),
        ApiKeyStanding::NotNeeded => Fine(text!("check-api-key-unneeded")),
    }
}

fn of_expiring_key(at: Timestamp) -> Found {
    let date = at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    if at.duration_since(Clock::system().now()) > SOON {
        return Fine(text!("check-api-key-fine", date = date));
    }
    Poor(text!("check-api-key-soon", date = date))
}

/// The one user that everybody's devices are to belong to.
async fn fixed_user(
    headscale: &Headscale,
    name: &UserName,
    may_create: bool,
) -> Result<Found, Error> {
    let found = headscale.find_user(name).await?;
    Ok(match (found, may_create) {
        (Some(_), _) => Fine(text!("check-user-fine", name = name.to_string())),
        (None, true) => Fine(text!("check-user-later", name = name.to_string())),
        (None, false) => Wrong(text!("check-user-absent", name = name.to_string())),
    })
}

fn fix(error: &Error) -> String {
    match error {
        Error::Unauthorised => text!("fix-api-key"),
        Error::KeyFile(_) | Error::KeyFileEmpty => text!("fix-key-file"),
        Error::Unreachable(Unreachable::Tls) => text!("fix-tls"),
        Error::Unreachable(Unreachable::UnknownHost) => text!("fix-unknown-host"),
        Error::ProgramMissing(_) | Error::Program(_) => text!("fix-program"),
        Error::NotHeadscale | Error::Unsupported(_) | Error::Unreadable(_) => text!("fix-address"),
        Error::TooOld { .. } => text!("fix-too-old"),
        Error::Ambiguous(_) => text!("fix-ambiguous"),
        Error::Busy { .. } | Error::Unavailable(_) | Error::Failed(_) | Error::Interrupted => {
            text!("fix-server-log")
        }
        Error::Unreachable(_)
        | Error::TimedOut(_)
        | Error::Refused(_)
        | Error::NotFound(_)
        | Error::Conflict(_)
        | Error::NotExpired => text!("fix-reach"),
    }
}

/// Errors are written to stand behind a colon; here they begin a sentence.
fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}
