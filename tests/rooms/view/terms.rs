//! The card, as far as it follows the operator's settings.

use super::people::{pending, request, rules};
use super::reading::read;
use crate::domain::{ChannelId, History, UserMapping};
use crate::view::card;

#[test]
fn a_waiting_card_that_moves_pings_the_approvers_of_the_other_channel() {
    let mut moved = rules();
    moved.discord.admin_channel = ChannelId(9);
    assert!(read(&card(&request(pending()), &moved)).contains("pings roles"));
}

#[test]
fn the_facts_follow_the_request_and_the_operators_terms() {
    let mut request = request(pending());
    request.history = History {
        requests: 3,
        denials: 1,
        devices: 2,
        user: None,
        letters: None,
    };
    request.reason = None;
    request.member_since = None;
    let mut rules = rules();
    rules.keys.ephemeral = true;
    rules.keys.tags = ["tag:guest", "tag:lab"]
        .map(|tag| tag.parse().unwrap())
        .into();
    rules.headscale.user = UserMapping::Shared("club".parse().unwrap());
    rules.headscale.create_users = false;
    rules.discord.mention_role = None;
    insta::assert_snapshot!(read(&card(&request, &rules)), @r"
    ┌ Device request #42 · laptop
    │ ⏳ **Waiting** · expires <t:1800086400:R>
    ├ Who
    │ <@175928847299117063>
    │ -# alice\_lee · 175928847299117063
    │ Account created <t:1462015105:R>
    ├ What
    │ `laptop` · Linux
    ├ If approved
    │ Headscale user `club`, shared by everyone (must already exist)
    │ A key that works once and lasts 1 hour
    │ Ephemeral: the device is removed soon after it goes offline
    │ Tags: `tag:guest`, `tag:lab`
    ├ History
    │ 3 earlier requests · 1 denied · 2 devices
    ├ Requested
    │ <t:1800000000:f>
    [Approve] success v1:approve:42  [Deny…] danger v1:deny:42
    ");
}
