//! From which messages a key can be collected.

use super::*;
use crate::domain::{Asker, ChannelId, ClaimReason, GuildId, MessageId, MessageRef};
use crate::support::people::alice;
use crate::support::requests::{posted, request};
use crate::support::states;

fn message(channel: i64, message: i64) -> MessageRef {
    MessageRef {
        channel: ChannelId(channel),
        message: MessageId(message),
    }
}

fn click(on: Option<MessageRef>, guild: Option<GuildId>) -> Click {
    Click {
        asker: Asker {
            person: alice(),
            guild,
            roles: Vec::new(),
        },
        request: request(states::pending()).id,
        on,
        privately: false,
    }
}

#[test]
fn a_key_is_collected_from_the_letter_the_notice_or_where_it_was_asked_for() {
    let mut request = request(states::claimable(ClaimReason::MembershipLost));
    let reached =
        |request: &DeviceRequest, on, guild| is_reachable_from(&click(on, guild), request);
    let (letter, other) = (posted(1).place, Some(message(5, 7)));
    let (here, guild) = (Some(message(77, 8)), Some(GuildId(1)));
    assert!(!reached(&request, letter, None));
    request.letter.place = letter;
    assert!(reached(&request, letter, None));
    assert!(!reached(&request, other, None), "an older letter");
    request.notice.place = other;
    assert!(reached(&request, other, guild));
    assert!(reached(&request, here, guild), "a private answer");
    assert!(!reached(&request, here, None), "no channel of the guild");
    assert!(!reached(&request, Some(message(78, 8)), guild));
    assert!(!reached(&request, None, guild));
}

#[test]
fn a_notice_whose_place_was_never_recorded_is_known_by_its_button() {
    let mut request = request(states::claimable(ClaimReason::MembershipLost));
    request.letter.place = posted(1).place;
    let on = Some(message(77, 8));
    let public = click(on, Some(GuildId(1)));
    assert!(is_unknown_notice(&public, &request));
    let private = Click {
        privately: true,
        ..public.clone()
    };
    assert!(!is_unknown_notice(&private, &request));
    let letter = click(request.letter.place, None);
    assert!(!is_unknown_notice(&letter, &request));
    request.notice.place = on;
    assert!(!is_unknown_notice(&public, &request));
}
