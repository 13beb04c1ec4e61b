//! New files that are copies of known ones: what was read of the original is not read again.
//!
//! A copy has another identity, and its content alone proves nothing: many files begin alike. So it counts as a copy only where the original is
//! truncated (`copytruncate`), or gone while the new file has its length and time (`mv` to another file system).

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::descriptors::is_exhausted;
use super::os::{FileId, Look, read_at};
use super::position::{HEAD, Mark};
use super::reader::{Progress, Reader};
use super::table::{Entry, Place};
use super::tail::Tail;

/// How long a copy may take to appear after its original was truncated.
const LATE: Duration = Duration::from_mins(1);
/// How long a file waits that begins like a known one, which may be about to be truncated.
const HOLD: Duration = Duration::from_secs(5);
/// How many truncated files are remembered.
const MOST: usize = 64;

/// A file that was truncated, as it was before.
#[derive(Debug)]
pub(super) struct Ghost {
    path: Arc<Path>,
    progress: Progress,
    until: Duration,
}

/// A new file that begins like a known one.
#[derive(Debug)]
pub(super) struct Held {
    original: FileId,
    len: u64,
    pub(super) until: Duration,
}

/// What is known of the beginnings of files.
#[derive(Debug, Default)]
pub(super) struct Beginnings {
    pass: u64,
    by_head: HashMap<Mark, Vec<FileId>>,
}

impl Beginnings {
    /// They have changed.
    pub(super) fn clear(&mut self) {
        self.pass = 0;
    }
}

/// What a new file is.
#[derive(Debug)]
pub(super) enum Origin {
    /// A file of its own.
    Own,
    /// A copy of a file of which this was read.
    Copy(Arc<Path>, Progress),
    /// That will be known soon.
    Open,
    /// That will be known when the files were looked at that are queued.
    Later,
}

impl Tail {
    /// Remembers a file that was truncated, and looks again at those that may be copies of it.
    pub(super) fn remember(&mut self, id: FileId, path: Arc<Path>, progress: Progress) {
        if progress.offset == 0 {
            return;
        }
        let until = self.now() + LATE;
        self.ghosts.truncate(MOST - 1);
        self.ghosts.insert(0, Ghost { path, progress, until });
        let waiting = self.held.iter().filter(|(_, held)| held.original == id);
        let waiting: Vec<FileId> = waiting.map(|(id, _)| *id).collect();
        for id in waiting {
            self.enqueue(id);
        }
    }

    /// Finds out whether a file that is opened for the first time is a copy of a known one.
    pub(super) fn origin(&mut self, id: FileId, file: &File, look: &Look) -> io::Result<Origin> {
        let now = self.now();
        self.ghosts.retain(|ghost| ghost.until > now);
        for (number, ghost) in self.ghosts.iter().enumerate() {
            if begins_with(file, look, &ghost.progress)? {
                let Ghost { path, progress, .. } = self.ghosts.remove(number);
                self.held.remove(&id);
                return Ok(Origin::Copy(path, progress));
            }
        }
        let early = self.table.get(id).is_some_and(|entry| entry.early);
        if early && !self.resumed {
            return Ok(Origin::Own);
        }
        for original in self.alike(id, file)? {
            let Some(entry) = self.table.get(original) else {
                continue;
            };
            let (path, progress) = (Arc::clone(&entry.path), entry.progress);
            if matches!(entry.place, Place::Gone(_) | Place::Away) {
                if !begins_with(file, look, &progress)? {
                    continue;
                }
                // One that is open can be looked at, wherever it is.
                let reader = self.readers.get(&original);
                let last = reader.map_or(Ok(entry.look), Reader::look)?;
                if last.len == look.len && last.modified == look.modified {
                    return Ok(Origin::Copy(path, progress));
                }
                // It may turn up under another name, and turn out to be truncated.
                let is_elsewhere = self.table.get(id).is_some_and(|new| new.path != path);
                if is_elsewhere && !self.how.bounded && self.was_just_there(entry) {
                    let held = self.held.entry(id).or_insert(Held {
                        original,
                        len: look.len,
                        until: now + HOLD,
                    });
                    if held.until > now {
                        return Ok(Origin::Open);
                    }
                }
                if let Some(new) = self.table.get(id) {
                    tell_alike(new, entry);
                }
            } else if (entry.queued || !early) && may_be_copied(entry, file, look)? {
                // Whether the original is still what it was is known once it was looked at.
                let is_due = entry.queued;
                let held = self.held.entry(id).or_insert(Held {
                    original,
                    len: look.len,
                    until: now + HOLD,
                });
                if held.len != look.len && look.len < progress.offset {
                    // It is still being copied.
                    (held.len, held.until) = (look.len, now + HOLD);
                }
                if held.until > now {
                    return Ok(if is_due { Origin::Later } else { Origin::Open });
                }
            }
        }
        self.held.remove(&id);
        Ok(Origin::Own)
    }

    /// A file that is gone was there a moment ago: it may have been moved to a directory that was not looked at yet.
    fn was_just_there(&self, entry: &Entry) -> bool {
        let hold = i64::try_from(HOLD.as_millis()).unwrap_or(i64::MAX);
        match entry.place {
            Place::Gone(since) => self.clock.epoch_millis().saturating_sub(since) < hold,
            _ => true,
        }
    }

    /// Known files that begin like this one.
    fn alike(&mut self, id: FileId, file: &File) -> io::Result<Vec<FileId>> {
        if self.beginnings.pass != self.table.pass {
            self.beginnings.pass = self.table.pass;
            self.beginnings.by_head.clear();
            for (id, entry) in self.table.iter().filter(|(_, entry)| entry.progress.offset > 0) {
                self.beginnings.by_head.entry(entry.progress.head).or_default().push(id);
            }
        }
        let mut bytes = vec![0; HEAD];
        let read = read_at(file, &mut bytes, 0)?;
        let (mut mark, mut alike) = (Mark::default(), Vec::new());
        for byte in &bytes[..read] {
            mark = mark.with(std::slice::from_ref(byte));
            alike.extend(self.beginnings.by_head.get(&mark).into_iter().flatten());
        }
        alike.retain(|other| *other != id);
        Ok(alike)
    }
}

/// Whether all of a file stands in a known one too, or all that was read of that one in the file.
fn may_be_copied(entry: &Entry, file: &File, look: &Look) -> io::Result<bool> {
    if look.len >= entry.progress.offset {
        return begins_with(file, look, &entry.progress);
    }
    let original = match File::open(&entry.path) {
        Ok(original) => original,
        Err(error) if is_exhausted(&error) => return Err(error),
        Err(_) => return Ok(true),
    };
    // The original may be truncated by now, and that is not noticed yet: the copy is judged when it is.
    let now = Look::of(&entry.path, &original)?;
    if !begins_with(&original, &now, &entry.progress)? {
        return Ok(true);
    }
    let count = look.len.min(HEAD as u64);
    let last = |file: &File| {
        let mut bytes = vec![0; usize::try_from(count).unwrap_or(HEAD)];
        read_at(file, &mut bytes, look.len - count).map(|read| (read, bytes))
    };
    Ok(last(file)? == last(&original)?)
}

fn begins_with(file: &File, look: &Look, progress: &Progress) -> io::Result<bool> {
    let Progress { offset, head, tail, .. } = *progress;
    Ok(look.len >= offset
        && head.read(file, 0)?.is_some()
        && tail.read(file, offset - u64::from(tail.bytes))?.is_some())
}

/// Says that a file begins like one that is gone, and is not known to be the same.
fn tell_alike(new: &Entry, old: &Entry) {
    let (path, offset) = (new.path.display(), old.progress.offset);
    if new.path == old.path {
        tracing::warn!(
            %path,
            offset,
            "`{path}` was replaced by another file that begins with the same {offset} bytes: they are read again; a writer should append to the file, or \
             begin another one with what is new"
        );
    } else {
        let old = old.path.display();
        tracing::warn!(
            %path,
            offset,
            "`{path}` begins with the {offset} bytes that were read of `{old}`, which is gone, and has another length or time: if it is the same file, \
             moved to another file system, these bytes are read twice"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_of_a_copy_is_judged_by_the_original_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let (path, copy) = (directory.path().join("a.log"), directory.path().join("a.log.1"));
        let content: Vec<u8> = (0..1_000u32).flat_map(|n| format!("{n}\n").into_bytes()).collect();
        std::fs::write(&path, &content).unwrap();
        let mut entry = Entry::new(path.as_path().into(), Look::at(&path).unwrap().unwrap());
        entry.progress = Progress {
            offset: content.len() as u64,
            head: Mark::of(&content[..HEAD]),
            tail: Mark::of(&content[content.len() - 256..]),
            unended: false,
        };
        let may_be = |copied: &[u8]| {
            std::fs::write(&copy, copied).unwrap();
            let file = File::open(&copy).unwrap();
            may_be_copied(&entry, &file, &Look::of(&copy, &file).unwrap()).unwrap()
        };
        let part = &content[..2_000];
        let mut other = part.to_vec();
        other[1_999] ^= 1;
        assert!(may_be(part) && !may_be(&other) && may_be(&content));
        // Truncated, and written anew: nothing can be said before that is noticed.
        for anew in ["", "new\n"] {
            std::fs::write(&path, anew).unwrap();
            assert!(may_be(part), "{anew:?}");
        }
    }
}
