//! `headscale-usher check`: one line for each thing that has to be right, ✓ or ✗ with the mend. What is not as it
//! should be, but keeps the bot from nothing, is marked `!`.

use std::fmt;
use std::process::ExitCode;

use jiff::{SignedDuration, Timestamp};

use crate::app;
use crate::clock::Clock;
use crate::config::{Settings, Warning};
use crate::domain::{UserMapping, UserName};
use crate::gateway::Finding;
use crate::headscale::{ApiKeyStanding, Error, Headscale, Unreachable};
use crate::operations::Health;
use crate::store::{self, Store};

/// An API key that runs out sooner than this is worth a word.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What was looked at, and what was found.
struct Line {
    subject: &'static str,
    found: Found,
}

enum Found {
    Fine(String),
    /// Not as it should be, but the bot does its work.
    Poor(String),
    /// What is wrong, and how to mend it.
    Wrong(String),
}

use Found::{Fine, Poor, Wrong};

impl Line {
    fn new(subject: &'static str, found: Found) -> Self {
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
        write!(f, "{mark} {}: {text}", self.subject)
    }
}

/// Looks at everything, prints a line for each, and fails if one of them is wrong.
pub async fn run(settings: &Settings, warnings: &[Warning]) -> ExitCode {
    let mut wrong = false;
    let mut show = |line: Line| {
        wrong |= line.is_wrong();
        say(&line.to_string());
    };
    show(Line::new("Settings", Fine("complete".into())));
    for warning in warnings {
        say(&format!("! {warning}"));
    }
    show(Line::new("Store", store(settings).await));
    discord(settings).await.into_iter().for_each(&mut show);
    headscale(settings).await.into_iter().for_each(&mut show);
    if wrong {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the lines are the product of this command"
)]
fn say(line: &str) {
    println!("{line}");
}

async fn store(settings: &Settings) -> Found {
    let path = settings.database.path.display();
    let store = match Store::open(&settings.database.path).await {
        Ok(store) => store,
        // Usually the running bot holds it, which is as it should be.
        Err(store::Error::InUse { .. }) => {
            return Fine(format!("{path} is in use by a running bot"));
        }
        Err(error) => return no_store(&error),
    };
    let writable = store.writable().await;
    store.close().await;
    match writable {
        Ok(()) => Fine(format!("{path} can be written")),
        Err(error) => no_store(&error),
    }
}

fn no_store(error: &store::Error) -> Found {
    let mend = match error {
        store::Error::Open { .. } => {
            " Let database.url name a file in a directory that is there and that the bot's user may write to."
        }
        store::Error::Newer(_) => " Run that release, or restore a backup from before it.",
        // These say it themselves, or only whoever mends databases can.
        store::Error::InUse { .. }
        | store::Error::ReadOnly
        | store::Error::Full
        | store::Error::Disk(_)
        | store::Error::Damaged(_)
        | store::Error::Unreleased
        | store::Error::Busy
        | store::Error::Corrupt { .. }
        | store::Error::UnknownRequest(_)
        | store::Error::Database(_) => "",
    };
    Wrong(format!("{}.{mend}", capital(&error.to_string())))
}

async fn discord(settings: &Settings) -> Vec<Line> {
    let connection = match app::connection(settings, Health::new()) {
        Ok(connection) => connection,
        Err(error) => return vec![Line::new("Discord", Wrong(format!("{error:#}.")))],
    };
    let findings = connection.inspect(&settings.rules.discord).await;
    findings.into_iter().map(of_discord).collect()
}

fn of_discord(finding: Finding) -> Line {
    let found = match finding.verdict {
        Ok(fact) => Fine(fact),
        Err(fault) => {
            let text = format!("{}. {}", capital(&fault.to_string()), fault.remedy());
            if fault.is_harmless() {
                Poor(text)
            } else {
                Wrong(text)
            }
        }
    };
    Line::new(finding.subject, found)
}

/// Stops early where the rest cannot be known.
async fn headscale(settings: &Settings) -> Vec<Line> {
    let url = &settings.headscale.access.name();
    let trouble = |error: &Error| {
        let mend = mend(error);
        Wrong(format!("{} ({url}). {mend}", capital(&error.to_string())))
    };
    let headscale = match app::headscale(settings) {
        Ok(headscale) => headscale,
        Err(error) => return vec![Line::new("Headscale", trouble(&error))],
    };
    let release = match headscale.release().await {
        Ok(release) => Fine(format!("{url} speaks {release}")),
        Err(error) => return vec![Line::new("Headscale", trouble(&error))],
    };
    let mut lines = vec![Line::new("Headscale", release)];
    match headscale.api_key_standing().await {
        Ok(standing) => lines.push(Line::new("Headscale API key", of_key(standing))),
        Err(error) => {
            lines.push(Line::new("Headscale API key", trouble(&error)));
            return lines;
        }
    }
    let rules = &settings.rules.headscale;
    if let UserMapping::Shared(name) = &rules.user {
        let found = fixed_user(&headscale, name, rules.create_users).await;
        let found = found.unwrap_or_else(|error| trouble(&error));
        lines.push(Line::new("Headscale user", found));
    }
    lines
}

fn of_key(standing: ApiKeyStanding) -> Found {
    match standing {
        ApiKeyStanding::ExpiresAt(at) => of_expiring_key(at),
        ApiKeyStanding::NeverExpires => Fine("accepted, does not expire".into()),
        ApiKeyStanding::NotListed => {
            Fine("accepted, but Headscale does not say when it expires".into())
        }
        ApiKeyStanding::NotNeeded => Fine("not needed".into()),
    }
}

fn of_expiring_key(at: Timestamp) -> Found {
    let date = at.strftime("%Y-%m-%d %H:%M UTC");
    if at.duration_since(Clock::system().now()) > SOON {
        return Fine(format!("accepted, expires {date}"));
    }
    let mend = "Make a new one with `headscale apikeys create` in time.";
    Poor(format!("accepted, but it expires soon: {date}. {mend}"))
}

/// The one user that everybody's devices are to belong to.
async fn fixed_user(
    headscale: &Headscale,
    name: &UserName,
    may_create: bool,
) -> Result<Found, Error> {
    let found = headscale.find_user(name).await?;
    Ok(match (found, may_create) {
        (Some(_), _) => Fine(format!("{name} is there")),
        (None, true) => Fine(format!("{name} will be made with the first key")),
        (None, false) => Wrong(format!(
            "There is no user {name}, and headscale.create_users = false. \
             Make it with `headscale users create {name}`."
        )),
    })
}

fn mend(error: &Error) -> &'static str {
    match error {
        Error::Unauthorised => {
            "Make a new key with `headscale apikeys create` and put it into headscale.api_key or its file."
        }
        Error::KeyFile(_) | Error::KeyFileEmpty => {
            "Let headscale.api_key_file name a file that holds the key and that the bot's user can read."
        }
        Error::Unreachable(Unreachable::Tls) => {
            "Give Headscale a certificate that this machine trusts, or add its authority to this machine's."
        }
        Error::Unreachable(Unreachable::UnknownHost) => {
            "Check the host in headscale.url, and this machine's name servers."
        }
        Error::ProgramMissing(_) | Error::Program(_) => {
            "Check headscale.command: run it by hand, followed by `users list`."
        }
        Error::NotHeadscale | Error::Unsupported(_) | Error::Unreadable(_) => {
            "Check headscale.url: it is the address of Headscale itself, without a path, unless a proxy adds one."
        }
        Error::TooOld { .. } => "Upgrade Headscale.",
        Error::Ambiguous(_) => "Rename or remove one of them: `headscale users list`.",
        Error::Busy { .. } | Error::Unavailable(_) | Error::Failed(_) | Error::Interrupted => {
            "Look into the log of Headscale and of the proxy before it, then try again."
        }
        Error::Unreachable(_)
        | Error::TimedOut(_)
        | Error::Refused(_)
        | Error::NotFound(_)
        | Error::Conflict(_)
        | Error::NotExpired => {
            "Check headscale.url, that Headscale runs, and that this machine can reach it."
        }
    }
}

/// Errors are written to stand behind a colon; here they begin a sentence.
fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}
