//! The one writer. What waits while it is busy is committed together: one transaction and one fsync, and only then is
//! anybody answered. It never waits for company: a write that comes alone is a transaction like any other.
//!
//! Each write but the first has a savepoint, so one that fails undoes itself and nothing else. A caller that is gone before
//! its write has begun has changed nothing; one that leaves later may find the write done.

use std::future::poll_fn;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::Error;

/// The most writes in one transaction. The first of them is answered when the last is done.
const TOGETHER: usize = 32;

/// A write under way.
pub(super) type Running<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

pub(super) struct Writer {
    queue: mpsc::UnboundedSender<Box<dyn Waiting>>,
    unanswered: TaskTracker,
}

impl Writer {
    pub(super) fn start(db: DatabaseConnection) -> Self {
        let (queue, waiting) = mpsc::unbounded_channel();
        tokio::spawn(serve(db, waiting));
        Self {
            queue,
            unanswered: TaskTracker::new(),
        }
    }

    /// Whatever `write` did is on disk if it succeeds, and undone if it fails.
    pub(super) async fn write<T, W>(&self, write: W) -> Result<T, Error>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a DatabaseTransaction) -> Running<'a, Result<T, Error>>,
        W: Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let asked = Asked {
            write: Some(write),
            outcome: None,
            caller,
            _unanswered: self.unanswered.token(),
        };
        let queued = self.queue.send(Box::new(asked));
        queued.map_err(|_| Error::GivenUp)?;
        answer.await.unwrap_or(Err(Error::GivenUp))
    }

    /// Answers everything that was asked for.
    pub(super) async fn finish(&self) {
        self.unanswered.close();
        self.unanswered.wait().await;
    }
}

/// What the writer knows of a write.
trait Waiting: Send {
    fn is_awaited(&self) -> bool;

    /// Whether there is something to commit.
    fn run<'a>(&'a mut self, tx: &'a DatabaseTransaction) -> Running<'a, bool>;

    fn answer(self: Box<Self>, committed: Result<(), DbErr>);
}

struct Asked<T, W> {
    write: Option<W>,
    /// None until it has run, and if it panicked.
    outcome: Option<Result<T, Error>>,
    caller: oneshot::Sender<Result<T, Error>>,
    _unanswered: TaskTrackerToken,
}

impl<T, W> Waiting for Asked<T, W>
where
    T: Send,
    W: for<'a> FnOnce(&'a DatabaseTransaction) -> Running<'a, Result<T, Error>> + Send,
{
    fn is_awaited(&self) -> bool {
        !self.caller.is_closed()
    }

    fn run<'a>(&'a mut self, tx: &'a DatabaseTransaction) -> Running<'a, bool> {
        Box::pin(async move {
            if let Some(write) = self.write.take() {
                self.outcome = unless_it_panics(write(tx)).await;
            }
            matches!(self.outcome, Some(Ok(_)))
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), DbErr>) {
        let outcome = match (self.outcome, committed) {
            (Some(Ok(done)), Ok(())) => Ok(done),
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(Error::GivenUp),
        };
        // A caller that is gone is not missed.
        let _ = self.caller.send(outcome);
    }
}

/// The panic has been told already; what it leaves behind is undone with the write.
async fn unless_it_panics<T>(mut running: Running<'_, T>) -> Option<T> {
    poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context))) {
            Ok(poll) => poll.map(Some),
            Err(_) => Poll::Ready(None),
        },
    )
    .await
}

type Queue = mpsc::UnboundedReceiver<Box<dyn Waiting>>;

async fn serve(db: DatabaseConnection, mut queue: Queue) {
    while let Some(first) = queue.recv().await {
        if first.is_awaited() {
            commit_together(&db, first, &mut queue).await;
        }
    }
}

async fn commit_together(db: &DatabaseConnection, mut first: Box<dyn Waiting>, queue: &mut Queue) {
    let mut others = Vec::new();
    let committed = commit(db, &mut *first, &mut others, queue).await;
    for write in iter::once(first).chain(others) {
        write.answer(committed.clone());
    }
}

/// Runs the first write and those that wait by then. Never cut this off: sea-orm and sqlx would both roll back a savepoint
/// that was not answered yet, and the second of them would undo the whole batch.
async fn commit(
    db: &DatabaseConnection,
    first: &mut dyn Waiting,
    others: &mut Vec<Box<dyn Waiting>>,
    queue: &mut Queue,
) -> Result<(), DbErr> {
    let tx = match begin(db).await {
        Ok(tx) => tx,
        Err(error) => {
            // The others would wait as long for the same answer.
            others.extend(waiting(queue).take(TOGETHER));
            return Err(error);
        }
    };
    if !first.run(&tx).await {
        return tx.rollback().await;
    }
    while others.len() + 1 < TOGETHER
        && let Some(mut next) = waiting(queue).next()
    {
        let added = add(&tx, &mut *next).await;
        others.push(next);
        added?;
    }
    tx.commit().await
}

fn waiting(queue: &mut Queue) -> impl Iterator<Item = Box<dyn Waiting>> {
    iter::from_fn(|| queue.try_recv().ok()).filter(|write| write.is_awaited())
}

/// Takes the write lock at once, so nothing that is read can change before it is written.
async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    db.begin_with_options(options).await
}

async fn add(tx: &DatabaseTransaction, write: &mut dyn Waiting) -> Result<(), DbErr> {
    let savepoint = tx.begin().await?;
    if write.run(&savepoint).await {
        savepoint.commit().await
    } else {
        savepoint.rollback().await
    }
}

#[cfg(test)]
#[path = "../../tests/rooms/store/writer.rs"]
mod tests;
