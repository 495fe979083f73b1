//! What becomes of rows that are deleted: SQLite overwrites them in the file (`secure_delete`); here they go from its log as
//! well, and their room is given back.

use std::time::Duration;

use rusqlite::Transaction;

use super::SqliteStore;
use super::file::{BUSY_TIMEOUT, beside};
use crate::error::StoreError;
use crate::store::Change;

/// A database of up to so many pages (16 MB) is written anew after whoever was removed. A larger one only where a good part of
/// it is empty: it takes seconds, and who is removed waits.
const QUICKLY_WRITTEN: i64 = 4096;
/// The good part: a quarter.
const PART: i64 = 4;
/// One of more pages (256 MB) never: the copy is made in memory.
const MOST: i64 = 65_536;

impl SqliteStore {
    /// As [`SqliteStore::write`], for what deletes rows: afterwards they are in no file any more.
    pub(super) fn write_and_forget<T>(
        &mut self,
        action: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<Change<T>>,
    ) -> Result<Change<T>, StoreError> {
        let change = self.write(action)?;
        if matches!(change, Change::Done(_)) {
            // It is done, whatever becomes of the log: that is written back later.
            self.to_forget = true;
            match self.write_back() {
                Ok(()) if self.to_forget => {
                    tracing::warn!(
                        "deleted data stays in the write-ahead log until another process has finished reading"
                    );
                }
                Ok(()) => {}
                Err(error) => tracing::warn!(%error, "deleted data stays in the write-ahead log for now"),
            }
        }
        Ok(change)
    }

    /// Of what deleted rows have left in the log: whoever deleted them may have ended before nobody read any more.
    pub(super) fn forget_what_was_left(&mut self) {
        let log = std::fs::metadata(beside(&self.path, "-wal")).map_or(0, |found| found.len());
        if log > 0 {
            self.to_forget = true;
            self.forget_at_once();
        }
    }

    /// Does what could not be done before, where nobody has to be waited for.
    pub(super) fn forget_at_once(&mut self) {
        if let Err(error) = self.without_patience(Self::write_back) {
            tracing::warn!(%error, "deleted data stays in the write-ahead log for now");
        }
    }

    /// Writes the log back into the file, and makes it empty, unless another process reads it.
    fn write_back(&mut self) -> Result<(), StoreError> {
        let busy: i64 = self.run(|c| c.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)))?;
        self.to_forget = busy != 0;
        Ok(())
    }

    /// Gives the room of deleted rows back, where that is quickly done or worth it. It is empty, with or without: that a disk is
    /// full, or another process writes, takes nothing back and costs nobody time.
    pub(super) fn shrink(&mut self) {
        let shrunk = self.without_patience(|store| {
            let number = |query| store.run(|c| c.query_row(query, [], |row| row.get::<_, i64>(0)));
            let (free, pages) = (number("PRAGMA freelist_count")?, number("PRAGMA page_count")?);
            if free == 0 || pages > MOST || (pages > QUICKLY_WRITTEN && free < pages / PART) {
                return Ok(());
            }
            let written = store.run(|c| c.execute_batch("VACUUM"));
            // The file becomes shorter when its log is written back; where the disk is full, the log is what fills it.
            store.to_forget = true;
            written.and(store.write_back())
        });
        if let Err(error) = shrunk {
            tracing::info!(%error, "the room of what was deleted is given back later");
        }
    }

    fn without_patience<T>(
        &mut self,
        action: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.run(|c| c.busy_timeout(Duration::ZERO))?;
        let outcome = action(self);
        self.run(|c| c.busy_timeout(BUSY_TIMEOUT))?;
        outcome
    }
}
