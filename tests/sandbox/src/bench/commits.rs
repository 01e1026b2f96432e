//! The commits to the bot's database, by the database's own count.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// `SQLite` counts the transactions of a write-ahead log in the third word of its index, the file `-shm` that every
/// user of the database maps (<https://www.sqlite.org/walformat.html#the_wal_index_header>). Reading it takes no lock and
/// nothing of the bot's time. The count begins anew when the database is opened.
const COUNT_AT: u64 = 8;

/// `None` if there is no such file: the journal is kept in another way.
pub(super) fn so_far(database: &Path) -> Option<u32> {
    let mut index = database.as_os_str().to_owned();
    index.push("-shm");
    let mut word = [0; 4];
    let index = File::open(index).ok()?;
    index.read_exact_at(&mut word, COUNT_AT).ok()?;
    Some(u32::from_ne_bytes(word))
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait as _, Database, TransactionTrait as _};

    use super::*;

    #[tokio::test]
    async fn a_transaction_counts_once_however_much_it_writes_and_not_at_all_if_it_writes_nothing()
    {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("some.db");
        assert_eq!(so_far(&path), None);
        let db = Database::connect(format!("sqlite://{}?mode=rwc", path.display()));
        let db = db.await.unwrap();
        let run = async |sql: &str| db.execute_unprepared(sql).await.unwrap();
        run("PRAGMA journal_mode = WAL").await;
        run("CREATE TABLE t (n INTEGER)").await;
        let before = so_far(&path).unwrap();
        for _ in 0..3 {
            run("INSERT INTO t VALUES (1)").await;
        }
        let together = db.begin().await.unwrap();
        for _ in 0..3 {
            let written = together.execute_unprepared("INSERT INTO t VALUES (2)");
            written.await.unwrap();
        }
        together.commit().await.unwrap();
        run("SELECT n FROM t").await;
        db.begin().await.unwrap().rollback().await.unwrap();
        assert_eq!(so_far(&path), Some(before + 4));
    }
}
