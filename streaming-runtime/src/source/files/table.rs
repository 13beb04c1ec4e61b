//! Every file that is known, by its identity, and what became of it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::os::{FileId, Look};
use super::position::FilePosition;
use super::reader::Progress;

/// Where a known file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Under a name that matches.
    Listed,
    /// Under a name that does not match; it had one that did.
    Outside,
    /// Nowhere that is known, but it is open.
    Away,
    /// Nowhere that is known, since then (epoch milliseconds).
    Gone(i64),
}

/// A file that is known.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub(super) struct Entry {
    pub(super) path: Arc<Path>,
    pub(super) progress: Progress,
    /// How it was when it was last read, or when it was found.
    pub(super) look: Look,
    /// It may have changed since without a change of its times.
    pub(super) unsettled: bool,
    pub(super) place: Place,
    pub(super) queued: bool,
    /// The checkpoint may have a position of it.
    pub(super) kept: bool,
    /// The last pass in which it was found.
    pub(super) pass: u64,
    /// It was there when the run began.
    pub(super) early: bool,
    /// It is read from its start, and the checkpoint may say otherwise.
    pub(super) anew: bool,
    /// It was not opened yet.
    pub(super) fresh: bool,
    /// It could not be read: how long it is left alone.
    pub(super) retry: Option<Duration>,
    /// How far its bytes were read, whole records or not.
    pub(super) read: u64,
}

impl Entry {
    pub(super) fn new(path: Arc<Path>, look: Look) -> Self {
        Self {
            path,
            progress: Progress::default(),
            look,
            unsettled: true,
            place: Place::Listed,
            queued: false,
            kept: false,
            pass: 0,
            early: false,
            anew: false,
            fresh: true,
            retry: None,
            read: 0,
        }
    }

    /// What is known of a file from an earlier run.
    fn resumed(position: &FilePosition, place: Place) -> Self {
        let look = Look {
            id: position.id(),
            len: position.length,
            modified: position.modified,
            born: position.born,
            links: 1,
        };
        Self {
            progress: Progress {
                offset: position.offset,
                head: position.head,
                tail: position.tail,
                unended: position.unended,
            },
            unsettled: position.unsettled,
            place: position.gone.map_or(place, Place::Gone),
            kept: true,
            fresh: false,
            read: position.offset,
            ..Self::new(Path::new(&position.path).into(), look)
        }
    }

    pub(super) fn position(&self) -> FilePosition {
        FilePosition {
            path: self.path.to_string_lossy().into_owned(),
            device: self.look.id.device,
            inode: self.look.id.inode,
            born: self.look.born,
            offset: self.progress.offset,
            head: self.progress.head,
            tail: self.progress.tail,
            length: self.look.len,
            modified: self.look.modified,
            unsettled: self.unsettled,
            unended: self.progress.unended,
            gone: match self.place {
                Place::Gone(since) => Some(since),
                _ => None,
            },
            finished: false,
        }
    }

    /// The file looks like this now. Says whether it may have something to read.
    fn saw(&mut self, look: Look) -> bool {
        let due = self.unsettled || look.len != self.read || look.modified != self.look.modified;
        if due {
            self.look = look;
            self.unsettled = true;
        }
        due
    }

    pub(super) fn is_gone(&self) -> bool {
        matches!(self.place, Place::Gone(_))
    }
}

/// The files that are known.
#[derive(Debug, Default)]
pub(super) struct Table {
    entries: HashMap<FileId, Entry>,
    by_path: HashMap<Arc<Path>, FileId>,
    /// The number of the pass that goes on.
    pub(super) pass: u64,
}

/// What a file that was found is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It has not been seen before.
    New,
    /// It was found already, under another name.
    Twice,
    /// It is known, and this says whether it may have changed.
    Same {
        due: bool,
        /// The name that it had, where it has another one now.
        renamed: bool,
        /// It was gone.
        back: bool,
    },
}

impl Table {
    /// Takes the positions of an earlier run. Where a file has several, the first one counts.
    pub(super) fn resume<'p>(&mut self, positions: impl Iterator<Item = (&'p FilePosition, Place)>) {
        for (position, place) in positions {
            let id = position.id();
            let entry = self
                .entries
                .entry(id)
                .or_insert_with(|| Entry::resumed(position, place));
            if !entry.is_gone() {
                self.by_path.insert(Arc::clone(&entry.path), id);
            }
        }
    }

    pub(super) fn get(&self, id: FileId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: FileId) -> Option<&mut Entry> {
        self.entries.get_mut(&id)
    }

    pub(super) fn at(&self, path: &Path) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (FileId, &Entry)> {
        self.entries.iter().map(|(id, entry)| (*id, entry))
    }

    pub(super) fn remove(&mut self, id: FileId) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        self.forget_path(id, &entry.path);
        Some(entry)
    }

    /// The path no longer leads to the file.
    pub(super) fn forget_path(&mut self, id: FileId, path: &Path) {
        if self.at(path) == Some(id) {
            self.by_path.remove(path);
        }
    }

    /// Whether the number of a known file belongs to another one now.
    pub(super) fn is_reused(&self, look: &Look) -> bool {
        let known = self.entries.get(&look.id).and_then(|entry| entry.look.born);
        known.zip(look.born).is_some_and(|(known, now)| known != now)
    }

    /// A file was found at a path. Which file had that path before is returned too.
    pub(super) fn found(&mut self, path: &Path, look: Look) -> (Known, Option<FileId>) {
        let id = look.id;
        let before = self.at(path).filter(|before| *before != id);
        let Some(entry) = self.entries.get_mut(&id) else {
            let path: Arc<Path> = path.into();
            let mut entry = Entry::new(Arc::clone(&path), look);
            entry.pass = self.pass;
            entry.early = self.pass == 1;
            self.entries.insert(id, entry);
            self.by_path.insert(path, id);
            return (Known::New, before);
        };
        let renamed = *entry.path != *path;
        if renamed && entry.pass == self.pass {
            return (Known::Twice, before);
        }
        entry.pass = self.pass;
        let back = entry.is_gone();
        entry.place = Place::Listed;
        let due = entry.saw(look);
        let old = renamed.then(|| std::mem::replace(&mut entry.path, path.into()));
        let path = Arc::clone(&entry.path);
        if let Some(old) = old {
            self.forget_path(id, &old);
        }
        if self.at(&path) != Some(id) {
            self.by_path.insert(path, id);
        }
        (Known::Same { due, renamed, back }, before)
    }

    /// A file was found that had a name that matches for so short a time that it was not seen under it.
    pub(super) fn found_outside(&mut self, path: PathBuf, look: Look) -> bool {
        if self.entries.contains_key(&look.id) {
            return false;
        }
        self.found(&path, look);
        self.moved_outside(look.id, path, look);
        true
    }

    /// A file still has its name that does not match. Says whether it may have changed.
    pub(super) fn seen_outside(&mut self, id: FileId, look: Look) -> bool {
        self.entries.get_mut(&id).is_some_and(|entry| entry.saw(look))
    }

    /// A file was found under a name that does not match.
    pub(super) fn moved_outside(&mut self, id: FileId, path: PathBuf, look: Look) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.saw(look);
            let old = std::mem::replace(&mut entry.path, path.into());
            entry.place = Place::Outside;
            entry.pass = self.pass;
            let path = Arc::clone(&entry.path);
            self.forget_path(id, &old);
            self.by_path.insert(path, id);
        }
    }
}
