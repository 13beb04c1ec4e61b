//! Reading of one file after the other, and what is done with those that are open.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::copies::Origin;
use super::descriptors::is_exhausted;
use super::os::{FileId, Look};
use super::reader::{Progress, Reader, Step};
use super::scan::{cannot, is_absent};
use super::table::{Entry, Place};
use super::tail::{Halt, Job, Tail};
use crate::source::{Block, Event, Fetched};

/// How many files stay open, those that were read last.
const OPEN: usize = 256;
/// For how long a file stays open that has not grown: lines may be appended just before it is renamed.
const QUIET: Duration = Duration::from_mins(5);
/// The same for a file that is nowhere in the pattern's directories any more.
const AWAY: Duration = Duration::from_mins(1);
/// The same for a file that is deleted.
const DELETED: Duration = Duration::from_secs(10);
/// For how long a file is not believed to be unchanged because its times are: several writes within one tick give the same time.
const TICK: i64 = 2_000_000_000;
/// The longest pause before a file is tried again that cannot be read.
const PATIENCE: Duration = Duration::from_secs(30);

impl Tail {
    /// Reads a block of a file, and queues it again when there may be more.
    pub(super) fn visit(&mut self, mut job: Job) -> Result<(), Halt> {
        let id = job.id;
        let reader = match self.readers.remove(&id) {
            Some(reader) => Ok(Some(reader)),
            None => self.open(id),
        };
        let Some(mut reader) = (match reader {
            Ok(reader) => reader,
            Err(Opening::Halt(halt)) => return Err(halt),
            Err(Opening::Io(error)) if is_exhausted(&error) => return self.postpone(job),
            Err(Opening::Io(error)) => return self.unreadable(id, &error),
        }) else {
            self.exhausted.done_with(id);
            return Ok(());
        };
        self.exhausted.done_with(id);
        self.tell_start(id)?;
        match self.read(&mut job, &mut reader) {
            Ok(Step::Block(block)) => {
                self.readers.insert(id, reader);
                self.queue.push_front(job);
                self.emit(id, block)
            }
            Ok(Step::End) => self.at_end(job, reader),
            Ok(Step::Replaced) => self.begin_anew(id, reader),
            Err(error) => {
                self.readers.insert(id, reader);
                self.unreadable(id, &error)
            }
        }
    }

    fn read(&mut self, job: &mut Job, reader: &mut Reader) -> io::Result<Step> {
        if !std::mem::replace(&mut job.looked, true) {
            let look = reader.look()?;
            let unsettled = self.is_unsettled(&look);
            let Some(entry) = self.table.get_mut(job.id) else {
                return Ok(Step::End);
            };
            job.complete &= self.how.bounded || look.len == entry.read;
            entry.unsettled = unsettled;
            entry.look = look;
            job.to.get_or_insert(look.len);
            if !reader.is_same()? {
                return Ok(Step::Replaced);
            }
        }
        reader.step(job.to.unwrap_or(0))
    }

    /// Says that a file is read from its start, where an earlier position says otherwise.
    fn tell_start(&mut self, id: FileId) -> Result<(), Halt> {
        let Some(entry) = self.table.get_mut(id) else {
            return Ok(());
        };
        if std::mem::take(&mut entry.anew) && entry.kept {
            let position = entry.position();
            self.say_moved(position)?;
        }
        Ok(())
    }

    fn emit(&mut self, id: FileId, block: Block) -> Result<(), Halt> {
        let now = self.now();
        self.caught_up = false;
        let (Some(entry), Some(reader)) = (self.table.get_mut(id), self.readers.get_mut(&id)) else {
            return Ok(());
        };
        reader.used = now;
        let progress = reader.progress();
        if progress.head != entry.progress.head {
            self.beginnings.clear();
        }
        entry.progress = progress;
        entry.kept = true;
        let next = entry.position();
        self.say(Event::Chunk(Fetched {
            partition: 0,
            rows: block.rows(),
            bytes: block.size(),
            chunk: block,
            next,
            lag: None,
        }))
    }

    /// All is read that was there.
    fn at_end(&mut self, mut job: Job, mut reader: Reader) -> Result<(), Halt> {
        let (id, now) = (job.id, self.now());
        if job.complete && reader.unfinished() > 0 {
            // The line may have been finished since the run began.
            let line = if self.how.bounded { reader.next_line() } else { Ok(None) };
            let block = match line {
                Ok(Some(to)) => {
                    job.to = Some(to);
                    None
                }
                Ok(None) => match reader.finish() {
                    Ok(block) => block,
                    Err(error) => return self.unreadable(id, &error),
                },
                Err(error) => return self.unreadable(id, &error),
            };
            self.readers.insert(id, reader);
            self.queue.push_front(job);
            return block.map_or(Ok(()), |block| self.emit(id, block));
        }
        let Some(entry) = self.table.get_mut(id) else {
            return Ok(());
        };
        if entry.retry.take().is_some() {
            tracing::info!(path = %entry.path.display(), "the file can be read again");
        }
        if entry.read != reader.at() {
            reader.used = now;
        }
        entry.queued = false;
        entry.progress = reader.progress();
        entry.read = reader.at();
        let unfinished = reader.unfinished() > 0;
        match self.how.unfinished_after {
            Some(after) if unfinished => drop(self.partials.insert(id, reader.used + after)),
            _ => drop(self.partials.remove(&id)),
        }
        // Where it has grown meanwhile, somebody still writes to it.
        if job.last && job.complete {
            return self.deleted(id);
        }
        reader.rest();
        self.readers.insert(id, reader);
        self.close_some(OPEN);
        if self.how.bounded {
            self.readers.clear();
        }
        Ok(())
    }

    /// The file is not the one that was read: it was truncated, or written anew.
    fn begin_anew(&mut self, id: FileId, reader: Reader) -> Result<(), Halt> {
        let Some(entry) = self.table.get_mut(id) else {
            return Ok(());
        };
        let (path, progress) = (Arc::clone(&entry.path), reader.progress());
        tell_anew(&path.to_string_lossy(), progress.offset, reader.unfinished());
        self.remember(id, Arc::clone(&path), progress);
        let how = &self.how;
        match Reader::new(reader.into_file(), &path, how.cut(), Progress::default()) {
            Ok(Some(reader)) => drop(self.readers.insert(id, reader)),
            Ok(None) => {}
            Err(error) => return self.unreadable(id, &error),
        }
        self.reset(id)
    }

    /// Reads a file from its start.
    fn reset(&mut self, id: FileId) -> Result<(), Halt> {
        let Some(entry) = self.table.get_mut(id) else {
            return Ok(());
        };
        entry.progress = Progress::default();
        entry.read = 0;
        entry.anew = true;
        if self.how.bounded {
            if let Some(look) = self.readers.get(&id).and_then(|reader| reader.look().ok()) {
                entry.look = look;
            }
        } else {
            // A copy that was made just before is judged first: were its position lost after this one's was written, it would be read twice.
            entry.queued = true;
            if !self.watch.is_complete() {
                self.next_scan = self.now();
            }
            self.look_around()?;
        }
        if let Some(entry) = self.table.get_mut(id) {
            entry.queued = false;
        }
        self.enqueue(id);
        Ok(())
    }

    /// Opens a file where reading of it stands; nothing where there is nothing to read now.
    fn open(&mut self, id: FileId) -> Result<Option<Reader>, Opening> {
        let Some(entry) = self.table.get_mut(id) else {
            return Ok(None);
        };
        let path = Arc::clone(&entry.path);
        let file = match File::open(&path) {
            Err(error) if is_exhausted(&error) && self.make_room() => File::open(&path),
            opened => opened,
        };
        let (file, look) = match file.and_then(|file| Look::of(&path, &file).map(|look| (file, look))) {
            Ok((file, look)) if look.id == id => (file, look),
            Err(error) if !is_absent(&error) => return Err(error.into()),
            // It has another name by now, or none.
            _ => {
                if let Some(entry) = self.table.get_mut(id) {
                    entry.queued = false;
                }
                self.missed_now(id)?;
                return Ok(None);
            }
        };
        if entry_is_fresh(self.table.get(id)) && !self.meet(id, &file, &look)? {
            return Ok(None);
        }
        let Some(entry) = self.table.get(id) else {
            return Ok(None);
        };
        let (progress, how) = (entry.progress, &self.how);
        match Reader::new(file, &path, how.cut(), progress) {
            Ok(Some(mut reader)) => {
                reader.used = self.now();
                Ok(Some(reader))
            }
            Ok(None) => {
                tell_anew(&path.to_string_lossy(), progress.offset, 0);
                self.remember(id, path, progress);
                self.reset(id)?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a file for the first time: it may be a copy of another. False while nothing is to be read of it.
    fn meet(&mut self, id: FileId, file: &File, look: &Look) -> Result<bool, Opening> {
        let origin = match look.len {
            0 => Origin::Open,
            _ => self.origin(id, file, look)?,
        };
        let unsettled = self.is_unsettled(look);
        let Some(entry) = self.table.get_mut(id) else {
            return Ok(false);
        };
        tracing::debug!(path = %entry.path.display(), length = look.len, ?origin, "a new file");
        match origin {
            Origin::Own => entry.fresh = false,
            Origin::Open | Origin::Later => {
                entry.queued = false;
                entry.look = *look;
                entry.unsettled = unsettled;
                if matches!(origin, Origin::Later) {
                    self.enqueue(id);
                }
                return Ok(false);
            }
            Origin::Copy(original, progress) => {
                let (path, original, offset) = (entry.path.display(), original.display(), progress.offset);
                tracing::info!(
                    "`{path}` is a copy of `{original}`, of which {offset} bytes were read: it is read from there on"
                );
                entry.fresh = false;
                entry.progress = progress;
                entry.read = progress.offset;
                entry.kept = true;
                let position = entry.position();
                self.say_moved(position)?;
            }
        }
        Ok(true)
    }

    fn is_unsettled(&self, look: &Look) -> bool {
        let now = self.clock.epoch_millis().saturating_mul(1_000_000);
        now.saturating_sub(look.modified) < TICK
    }

    /// A file cannot be read now. The others go on.
    fn unreadable(&mut self, id: FileId, error: &io::Error) -> Result<(), Halt> {
        let now = self.now();
        let Some(entry) = self.table.get_mut(id) else {
            return Ok(());
        };
        if self.how.bounded {
            return Err(Halt::Failed(cannot("read", &entry.path, error)));
        }
        entry.queued = false;
        let pause = if let Some(pause) = entry.retry {
            (pause * 2).min(PATIENCE)
        } else {
            let path = entry.path.display();
            tracing::warn!(%path, %error, "cannot read `{path}`: it is tried again, and the other files go on");
            Duration::from_secs(1)
        };
        entry.retry = Some(pause);
        self.retries.insert(id, now + pause);
        Ok(())
    }

    /// Closes the files that have been quiet the longest, so that at most this many stay open.
    fn close_some(&mut self, keep: usize) {
        let excess = self.readers.len().saturating_sub(keep);
        if excess == 0 {
            return;
        }
        // Some more, so that not every file that is opened asks for this.
        for id in self.quietest().into_iter().take(excess + keep / 8) {
            self.readers.remove(&id);
        }
    }

    /// The files that are open, first those that were quiet the longest. Those that have no name that matches come last.
    pub(super) fn quietest(&self) -> Vec<FileId> {
        let mut ids: Vec<(bool, Duration, FileId)> = self
            .readers
            .iter()
            .map(|(id, reader)| {
                let listed = self.table.get(*id).is_some_and(|entry| entry.place == Place::Listed);
                (!listed, reader.used, *id)
            })
            .collect();
        ids.sort_unstable_by_key(|(away, used, _)| (*away, *used));
        ids.into_iter().map(|(_, _, id)| id).collect()
    }

    /// Looks at the files that are open: some change unnoticed, some are not needed open any more.
    pub(super) fn keep_up(&mut self) -> Result<(), Halt> {
        let (now, complete) = (self.now(), self.watch.is_complete());
        let (mut grown, mut quiet, mut last) = (Vec::new(), Vec::new(), Vec::new());
        for (id, reader) in &self.readers {
            let Some(entry) = self.table.get(*id) else {
                continue;
            };
            let Ok(look) = reader.look() else {
                continue;
            };
            let since = now.saturating_sub(reader.used);
            let told = complete && entry.place == Place::Listed;
            if !told && (look.len != entry.read || look.modified != entry.look.modified) {
                grown.push(*id);
            } else if entry.place == Place::Away && look.links == 0 {
                if since >= DELETED {
                    last.push(*id);
                }
            } else if since >= (if entry.place == Place::Away { AWAY } else { QUIET }) {
                quiet.push(*id);
            }
        }
        for id in grown {
            self.enqueue(id);
        }
        for id in quiet {
            self.readers.remove(&id);
            if self.table.get(id).is_some_and(|entry| entry.place == Place::Away) {
                self.missed_now(id)?;
            }
        }
        for id in last {
            self.queue.push_back(Job {
                complete: true,
                last: true,
                ..Job::new(id)
            });
        }
        Ok(())
    }
}

fn entry_is_fresh(entry: Option<&Entry>) -> bool {
    entry.is_some_and(|entry| entry.fresh)
}

/// Why a file could not be opened.
#[derive(Debug)]
enum Opening {
    Io(io::Error),
    Halt(Halt),
}

impl From<io::Error> for Opening {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Halt> for Opening {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

fn tell_anew(path: &str, offset: u64, unfinished: u64) {
    let line = if unfinished > 0 {
        format!("; {unfinished} bytes of a line without an end are dropped")
    } else {
        String::new()
    };
    tracing::warn!(
        path,
        offset,
        unfinished,
        "`{path}` was truncated or overwritten after {offset} bytes of it were read: it is read from its start{line}; what was appended after that byte \
         before it happened is lost, unless a copy matches the pattern"
    );
}
