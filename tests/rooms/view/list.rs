//! The approvers' list of requests.

use super::people::{carol, joined, pending, request, rules};
use super::reading::read;
use crate::domain::{DeviceRequest, Filter, MemberId, Naming, Page, Projection, RequestId, Status};
use crate::view::{list, posting_again};

fn page(status: Status, member: Option<MemberId>, requests: Vec<DeviceRequest>) -> Page {
    Page {
        filter: Filter { status, member },
        requests,
        earlier: false,
        later: false,
    }
}

fn waiting(number: i64) -> DeviceRequest {
    DeviceRequest {
        id: RequestId(number),
        ..request(pending())
    }
}

#[test]
fn what_waits_is_a_line_each_with_the_way_to_the_card() {
    let unposted = DeviceRequest {
        card: Projection::default(),
        ..waiting(43)
    };
    let mut page = page(Status::Pending, None, vec![waiting(41), unposted]);
    (page.earlier, page.later) = (true, true);
    insta::assert_snapshot!(read(&list(&page, rules().discord.guild)), @r"
    ┌ Waiting for a decision, oldest first
    │ **#41** `laptop` · <@175928847299117063> (alice\_lee) · <t:1800000000:R> · [card](https://discord.com/channels/1/5/6)
    │ **#43** `laptop` · <@175928847299117063> (alice\_lee) · <t:1800000000:R> · no card yet
    │ -# 🔁 posts a request's card again, at the end of the approvers' channel.
    [🔁 #41] secondary v1:post-again:41  [🔁 #43] secondary v1:post-again:43
    [◀ Older] primary v1:list:pending:any:before:41  [Newer ▶] primary v1:list:pending:any:after:43
    ");
}

#[test]
fn a_card_that_nobody_waits_for_is_not_posted_again() {
    let joined = request(joined(Naming::Settled, None));
    let page = page(Status::Joined, Some(carol().id), vec![joined]);
    insta::assert_snapshot!(read(&list(&page, rules().discord.guild)), @r"
    ┌ Joined, oldest first
    │ Only those of <@80351110224678912>.
    │ **#42** `laptop` · <@175928847299117063> (alice\_lee) · <t:1800000000:R> · [card](https://discord.com/channels/1/5/6)
    ");
}

#[test]
fn an_empty_list_says_so() {
    let page = page(Status::Failed, None, Vec::new());
    insta::assert_snapshot!(read(&list(&page, rules().discord.guild)), @"
    ┌ Failed, oldest first
    │ There are none.
    ");
}

#[test]
fn a_card_that_is_posted_again_is_announced() {
    insta::assert_snapshot!(read(&posting_again(RequestId(42))), @"🔁 The card of request #42 is being posted again. If the old one is still there, it will lead to the new one.");
}
