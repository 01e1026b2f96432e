//! Puts into sentences what went wrong.

use super::escape::{code, escape};
use crate::domain::Problem;
use crate::i18n::text;

const NAME_MAX: usize = 80;

/// One or two sentences on one line, whatever Headscale said.
pub(super) fn problem(problem: &Problem) -> String {
    let sentence = sentence(problem);
    match problem.said() {
        Some(said) => format!(
            "{sentence} {}",
            text!("problem-said", said = escape(said, 600))
        ),
        None => sentence,
    }
}

fn sentence(of: &Problem) -> String {
    match of {
        Problem::HeadscaleUnreachable(why) => {
            text!("problem-headscale-unreachable", why = why.into_str())
        }
        Problem::HeadscaleSlow => text!("problem-headscale-slow"),
        Problem::HeadscaleInterrupted => text!("problem-headscale-interrupted"),
        Problem::HeadscaleBusy => text!("problem-headscale-busy"),
        Problem::HeadscaleUnavailable(status) => {
            text!("problem-headscale-unavailable", status = *status)
        }
        Problem::ApiKeyRefused => text!("problem-api-key-refused"),
        Problem::ApiKeyUnreadable => text!("problem-api-key-unreadable"),
        Problem::HeadscaleFailed(_) => text!("problem-headscale-failed"),
        Problem::HeadscaleRefused(_) => text!("problem-headscale-refused"),
        Problem::HeadscaleNotFound(_) => text!("problem-headscale-not-found"),
        Problem::HeadscaleConflict(_) => text!("problem-headscale-conflict"),
        Problem::HeadscaleStrange => text!("problem-headscale-strange"),
        Problem::NotHeadscale => text!("problem-not-headscale"),
        Problem::HeadscaleTooOld(release) => {
            text!(
                "problem-headscale-too-old",
                release = escape(release, NAME_MAX)
            )
        }
        Problem::HeadscaleProgram => text!("problem-headscale-program"),
        Problem::KeyNotExpired => text!("problem-key-not-expired"),
        Problem::UserAmbiguous(user) => {
            text!("problem-user-ambiguous", user = code(user, NAME_MAX))
        }
        Problem::UserMissing(user) => text!("problem-user-missing", user = code(user, NAME_MAX)),
        Problem::UserNotTheirs(user) => {
            text!("problem-user-not-theirs", user = code(user, NAME_MAX))
        }
        Problem::UserTaken(user) => text!("problem-user-taken", user = code(user, NAME_MAX)),
        Problem::UserUnusable => text!("problem-user-unusable"),
        Problem::LinkUnknown(release) => {
            text!("problem-link-unknown", release = escape(release, NAME_MAX))
        }
        Problem::LinkRefused(_) => text!("problem-link-refused"),
        Problem::NoLinks => text!("problem-no-links"),
        Problem::TagsRefused(_) => text!("problem-tags-refused"),
        Problem::MayNotAsk => text!("problem-may-not-ask"),
        Problem::DirectMessagesClosed => text!("problem-direct-messages-closed"),
        Problem::DiscordBusy => text!("problem-discord-busy"),
        Problem::DiscordUnreachable => text!("problem-discord-unreachable"),
        Problem::DiscordFailed(status) => text!("problem-discord-failed", status = *status),
        Problem::DiscordRefused(code) => text!("problem-discord-refused", code = *code),
        Problem::MessageGone => text!("problem-message-gone"),
        Problem::KeyNotShowable => text!("problem-key-not-showable"),
        Problem::NotStored => text!("problem-not-stored"),
        Problem::Overtaken => text!("problem-overtaken"),
    }
}
