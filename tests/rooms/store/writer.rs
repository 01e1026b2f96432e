//! What waits together is committed together, and nobody is harmed by whom it waited with.

use std::fs;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::super::entity::request_event::{Column, Entity};
use super::super::{Error, Store, audit};
use super::{DatabaseTransaction, Running, TOGETHER};
use crate::store::AuditEntry;
use crate::support::people::{carol, moment};

struct Scene {
    dir: TempDir,
    store: Arc<Store>,
}

/// A write that was asked for.
type Answer = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

impl Scene {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("usher.db")).await.unwrap();
        let store = Arc::new(store);
        Self { dir, store }
    }

    /// Asked for before the writer has its turn, so the writes of one test wait together.
    fn write<W>(&self, write: W) -> Answer
    where
        W: for<'a> FnOnce(&'a DatabaseTransaction) -> Running<'a, Result<(), Error>>,
        W: Send + 'static,
    {
        let store = Arc::clone(&self.store);
        let mut answer: Answer = Box::pin(async move { store.write(write).await });
        assert!(!is_told(&mut answer));
        answer
    }

    fn line(&self, event: &'static str) -> Answer {
        self.write(move |tx| Box::pin(line(tx, event)))
    }

    /// A write that waits at its end until it is told to go on.
    fn slow_line(&self, event: &'static str) -> (Answer, Gate) {
        let (arrive, arrived) = oneshot::channel();
        let (go, gone) = oneshot::channel::<()>();
        let answer = self.write(move |tx| {
            Box::pin(async move {
                line(tx, event).await?;
                arrive.send(()).unwrap();
                gone.await.unwrap();
                Ok(())
            })
        });
        (answer, Gate { arrived, go })
    }

    async fn lines(&self) -> Vec<String> {
        lines(&self.store).await
    }

    fn commits(&self) -> usize {
        commits(&self.dir.path().join("usher.db-wal"))
    }

    /// What a program finds that starts after this one was killed now.
    async fn lines_after_a_crash(&self) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for name in ["usher.db", "usher.db-wal"] {
            fs::copy(self.dir.path().join(name), dir.path().join(name)).unwrap();
        }
        lines(&Store::open(&dir.path().join("usher.db")).await.unwrap()).await
    }
}

struct Gate {
    arrived: oneshot::Receiver<()>,
    go: oneshot::Sender<()>,
}

async fn line(tx: &DatabaseTransaction, event: &'static str) -> Result<(), Error> {
    let entry = AuditEntry {
        actor: Some(carol()),
        event,
        detail: None,
    };
    audit::append(tx, &entry, moment(1), None, None).await
}

async fn lines(store: &Store) -> Vec<String> {
    let lines = Entity::find().order_by_asc(Column::Id).all(&store.db);
    let lines = lines.await.unwrap().into_iter();
    lines.map(|line| line.event).collect()
}

/// Source: `SQLite`'s file format, "The WAL file". The last frame of a transaction, and no other, says how large the
/// database is then; frames of before a checkpoint have other salts.
fn commits(log: &Path) -> usize {
    let log = fs::read(log).unwrap();
    let (header, frames) = log.split_at(32);
    let page = u32::from_be_bytes(header[8..12].try_into().unwrap());
    let frames = frames.chunks_exact(24 + usize::try_from(page).unwrap());
    let ends = |frame: &&[u8]| frame[8..16] == header[16..24] && frame[4..8] != [0; 4];
    frames.filter(ends).count()
}

fn is_told(answer: &mut Answer) -> bool {
    let mut nobody = Context::from_waker(Waker::noop());
    answer.as_mut().poll(&mut nobody).is_ready()
}

async fn all(answers: Vec<Answer>) -> Vec<Result<(), Error>> {
    let mut told = vec![];
    for answer in answers {
        told.push(answer.await);
    }
    told
}

/// Two lines, and a write before, between or behind them.
fn among_two<W>(scene: &Scene, place: usize, write: W) -> Vec<Answer>
where
    W: for<'a> FnOnce(&'a DatabaseTransaction) -> Running<'a, Result<(), Error>>,
    W: Send + 'static,
{
    let mut answers: Vec<_> = (0..place).map(|_| scene.line("said")).collect();
    answers.push(scene.write(write));
    answers.extend((place..2).map(|_| scene.line("said")));
    answers
}

#[tokio::test]
async fn writes_that_wait_together_cost_one_commit() {
    let scene = Scene::new().await;
    let before = scene.commits();
    let answers = all((0..TOGETHER).map(|_| scene.line("said")).collect()).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(scene.commits() - before, 1);
    assert_eq!(scene.lines().await.len(), TOGETHER);
}

#[tokio::test]
async fn a_hundred_writes_wait_for_no_more_than_their_batch() {
    let scene = Scene::new().await;
    let before = scene.commits();
    let answers = all((0..100).map(|_| scene.line("said")).collect()).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(scene.commits() - before, 100_usize.div_ceil(TOGETHER));
}

#[tokio::test]
async fn a_write_that_comes_alone_is_committed_alone() {
    let scene = Scene::new().await;
    let before = scene.commits();
    for written in 1..=3 {
        scene.line("said").await.unwrap();
        assert_eq!(scene.commits() - before, written);
    }
}

#[tokio::test]
async fn a_write_that_fails_undoes_itself_and_nothing_else() {
    for failing in 0..3 {
        let scene = Scene::new().await;
        let answers = among_two(&scene, failing, |tx| {
            Box::pin(async move {
                line(tx, "failed").await?;
                Err(Error::Full)
            })
        });
        let answers = all(answers).await;
        for (number, answer) in answers.into_iter().enumerate() {
            match answer {
                Ok(()) => assert_ne!(number, failing),
                Err(error) => assert!(number == failing && matches!(error, Error::Full)),
            }
        }
        assert_eq!(scene.lines().await, ["said", "said"], "{failing}");
    }
}

#[tokio::test]
async fn a_write_that_panics_is_given_up_and_the_others_go_on() {
    for panicking in 0..3 {
        let scene = Scene::new().await;
        let answers = among_two(&scene, panicking, |tx| {
            Box::pin(async move {
                line(tx, "panicked").await?;
                panic!("as the test wants it")
            })
        });
        let answers = all(answers).await;
        assert!(matches!(answers[panicking], Err(Error::GivenUp)));
        assert_eq!(scene.lines().await, ["said", "said"], "{panicking}");
    }
}

#[tokio::test]
async fn a_commit_that_fails_fails_all_and_leaves_nothing() {
    let scene = Scene::new().await;
    let answers = vec![
        scene.line("before"),
        // The database looks at this reference when the transaction is committed.
        scene.write(|tx| {
            Box::pin(async move {
                tx.execute_unprepared("PRAGMA defer_foreign_keys = ON")
                    .await?;
                let entry = AuditEntry {
                    actor: None,
                    event: "dangling",
                    detail: None,
                };
                let nobody = Some(crate::domain::RequestId(77));
                audit::append(tx, &entry, moment(1), nobody, None).await
            })
        }),
        scene.line("after"),
    ];
    for answer in all(answers).await {
        let error = answer.unwrap_err();
        assert!(matches!(error, Error::Database(_)), "{error}");
    }
    assert!(scene.lines().await.is_empty());
    scene.line("later").await.unwrap();
    assert_eq!(scene.lines_after_a_crash().await, ["later"]);
}

#[tokio::test]
async fn a_transaction_that_sqlite_ends_by_itself_is_nobodys_success() {
    let scene = Scene::new().await;
    let answers = vec![
        scene.line("before"),
        scene.write(|tx| {
            Box::pin(async move {
                tx.execute_unprepared("ROLLBACK").await?;
                Err(Error::Full)
            })
        }),
        scene.line("after"),
    ];
    let answers = all(answers).await;
    assert!(answers[0].is_err() && matches!(answers[1], Err(Error::Full)));
    // The third was not in that transaction any more.
    assert!(answers[2].is_ok());
    assert_eq!(scene.lines_after_a_crash().await, ["after"]);
}

#[tokio::test]
async fn a_database_that_is_held_is_busy_for_all_that_wait() {
    let scene = Scene::new().await;
    let url = format!("sqlite://{}", scene.dir.path().join("usher.db").display());
    let foreign = sea_orm::Database::connect(url).await.unwrap();
    foreign.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    for answer in all((0..3).map(|_| scene.line("said")).collect()).await {
        assert!(matches!(answer, Err(Error::Busy)));
    }
}

#[tokio::test]
async fn a_caller_that_is_gone_before_its_turn_has_written_nothing() {
    let scene = Scene::new().await;
    for gone in 0..3 {
        let mut answers: Vec<_> = (0..3).map(|_| scene.line("said")).collect();
        drop(answers.remove(gone));
        assert!(all(answers).await.iter().all(Result::is_ok));
    }
    assert_eq!(scene.lines().await.len(), 6);
}

#[tokio::test]
async fn a_caller_that_leaves_meanwhile_harms_nobody() {
    let scene = Scene::new().await;
    let first = scene.line("first");
    let (second, gate) = scene.slow_line("second");
    let third = scene.line("third");
    gate.arrived.await.unwrap();
    drop(second);
    gate.go.send(()).unwrap();
    for answer in all(vec![first, third]).await {
        answer.unwrap();
    }
    assert_eq!(scene.lines().await, ["first", "second", "third"]);
}

#[tokio::test]
async fn a_crash_before_the_commit_has_answered_nobody_and_one_after_it_loses_nothing() {
    let scene = Scene::new().await;
    let mut first = scene.line("first");
    let (second, gate) = scene.slow_line("second");
    gate.arrived.await.unwrap();
    assert!(!is_told(&mut first));
    assert!(scene.lines_after_a_crash().await.is_empty());
    gate.go.send(()).unwrap();
    first.await.unwrap();
    assert_eq!(scene.lines_after_a_crash().await, ["first", "second"]);
    second.await.unwrap();
}

#[tokio::test]
async fn closing_waits_for_what_was_asked_before() {
    let scene = Scene::new().await;
    let answers = (0..100).map(|_| scene.line("said")).collect();
    scene.store.close().await;
    assert!(all(answers).await.iter().all(Result::is_ok));
    assert!(scene.line("late").await.is_err());
    let path: PathBuf = scene.dir.path().join("usher.db");
    assert_eq!(lines(&Store::open(&path).await.unwrap()).await.len(), 100);
}
