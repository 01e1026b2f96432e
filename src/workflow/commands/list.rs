//! `/requests`: what waits, page by page, and a card that nobody finds any more. The list is a private answer, so it works
//! in any channel; whoever presses its buttons is checked as if they had typed the command.

use crate::command::{Click, ListRequests, Reply};
use crate::domain::{Cursor, Filter, Page, Status};
use crate::store;

use super::Commands;
use super::outcome::ClickOutcome;

impl Commands {
    pub(super) async fn list(&self, ask: &ListRequests) -> Result<Reply, ClickOutcome> {
        self.rules.is_approver(&ask.asker)?;
        let page = self.page(ask.filter, ask.from).await?;
        let (page, on_list) = (Box::new(page), ask.on_list);
        Ok(Reply::Listed { page, on_list })
    }

    /// Only the card of an open request has something to press that somebody waits for.
    pub(super) async fn post_again(&self, click: &Click) -> Result<Reply, ClickOutcome> {
        self.rules.is_approver(&click.asker)?;
        let request = self.known(click.request).await?;
        if !Status::OPEN.contains(&request.status()) {
            return Ok(Reply::AlreadyDecided(Box::new(request)));
        }
        store::post_again(&self.ledger.store, request.id).await?;
        tracing::info!(request = request.id.0, "the card is posted again");
        Ok(Reply::PostingAgain(request.id))
    }

    /// Where a button leads to nothing any more, or to less than a page before the others, the list begins anew.
    async fn page(&self, filter: Filter, from: Cursor) -> Result<Page, store::Error> {
        let store = &self.ledger.store;
        let mut requests = store::listed(store, filter, from, Page::LINES).await?;
        let is_whole = matches!(from, Cursor::After(_)) || requests.len() == Page::LINES;
        if requests.is_empty() || !is_whole {
            requests = store::listed(store, filter, Cursor::START, Page::LINES).await?;
        }
        let (mut earlier, mut later) = (false, false);
        if let [first, ..] = &requests[..]
            && let [.., last] = &requests[..]
        {
            let before = store::listed(store, filter, Cursor::Before(first.id), 1);
            earlier = !before.await?.is_empty();
            let after = store::listed(store, filter, Cursor::After(last.id), 1);
            later = !after.await?.is_empty();
        }
        Ok(Page {
            filter,
            requests,
            earlier,
            later,
        })
    }
}
