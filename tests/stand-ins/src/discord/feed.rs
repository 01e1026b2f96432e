//! A stream of what happens, for those who would otherwise look again and again:
//! the benchmark and the shop window.

use tokio::sync::mpsc;

use super::{model::Id, shared::State};

/// Something the bot made happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A message appeared.
    Posted(Id),
    Edited(Id),
    Deleted(Id),
    /// An interaction was answered, or its answer changed.
    Answered(Id),
    /// The gateway said READY to the bot.
    Ready,
}

#[derive(Default)]
pub(crate) struct Feeds(Vec<mpsc::UnboundedSender<Happening>>);

impl Feeds {
    pub(crate) fn subscribe(&mut self) -> mpsc::UnboundedReceiver<Happening> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.0.push(sender);
        receiver
    }
}

impl State {
    pub(crate) fn tell(&mut self, happening: Happening) {
        self.feeds.0.retain(|feed| feed.send(happening).is_ok());
    }
}
