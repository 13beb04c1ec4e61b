//! Passes over the files: what is new, what has another name, what has vanished.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::descriptors::is_exhausted;
use super::glob::Walk;
use super::os::{FileId, Look, names_by_inode};
use super::table::{Known, Place};
use super::tail::{Halt, POLL, Tail};
use crate::source::SourceError;

/// For how long the position of a file that is gone is kept: it may come back, as from a mount or a backup.
pub(super) const KEEP: Duration = Duration::from_hours(7 * 24);

/// What a pass finds, before it is judged.
#[derive(Debug, Default)]
struct Pass {
    /// Files that were not known, in name order.
    new: Vec<FileId>,
    /// Files that are not where they were.
    missed: Vec<FileId>,
    /// Names by inode, of directories that were searched for files with another name.
    names: HashMap<PathBuf, HashMap<u64, OsString>>,
}

impl Tail {
    /// Looks at everything.
    pub(super) fn scan(&mut self) -> Result<(), Halt> {
        let began = self.now();
        let walk = self.walk()?;
        let links: BTreeSet<PathBuf> = walk
            .files
            .iter()
            .filter(|found| found.is_link)
            .map(|f| f.path.clone())
            .collect();
        // What happened before a directory was watched is not told.
        let again = !self.how.bounded && self.watch.set(&walk.directories, &links);
        self.tell_errors(&walk)?;
        self.table.pass += 1;
        let mut pass = Pass::default();
        for found in &walk.files {
            self.found(&mut pass, &found.path, found.look)?;
        }
        let this = self.table.pass;
        let unseen = self
            .table
            .iter()
            .filter(|(_, entry)| entry.pass != this && !entry.is_gone());
        pass.missed.extend(unseen.map(|(id, _)| id));
        self.judge(pass, Some(&walk))?;
        self.expire()?;
        let (now, cost) = (self.now(), self.now().saturating_sub(began));
        self.not_before = now + (cost * 20).max(GATHERED);
        let interval = if !walk.errors.is_empty() {
            (cost * 20).clamp(RETRY, SLOW)
        } else if self.watch.is_complete() {
            (cost * 200).clamp(SAFETY, 6 * SAFETY)
        } else {
            (cost * 20).clamp(POLL, SLOW)
        };
        self.next_scan = if again { self.not_before } else { now + interval };
        Ok(())
    }

    /// Looks at some paths of which something was told.
    pub(super) fn touch(&mut self, paths: BTreeSet<PathBuf>) -> Result<(), Halt> {
        self.table.pass += 1;
        let mut pass = Pass::default();
        for path in paths {
            let known = self.table.at(&path);
            let matches = self.glob.matches(&path);
            if !matches && known.is_none() {
                continue;
            }
            match Look::at(&path) {
                Ok(Some(look)) if matches => self.found(&mut pass, &path, look)?,
                Ok(_) => pass.missed.extend(known),
                Err(error) if is_absent(&error) => pass.missed.extend(known),
                Err(_) => self.next_scan = self.next_scan.min(self.not_before),
            }
        }
        self.judge(pass, None)
    }

    /// Finds files that had a name that matches, and got another one before they were seen.
    pub(super) fn follow_names(&mut self, renamed: Vec<(PathBuf, PathBuf)>) {
        let mut outside: BTreeSet<PathBuf> = BTreeSet::new();
        for (from, to) in renamed {
            let was_ours = outside.remove(&from) || self.glob.matches(&from);
            if was_ours && !self.glob.matches(&to) {
                outside.insert(to);
            }
        }
        for path in outside {
            if let Ok(Some(look)) = Look::at(&path)
                && self.table.found_outside(path, look)
            {
                self.enqueue(look.id);
            }
        }
    }

    /// A file stands at a path that matches.
    fn found(&mut self, pass: &mut Pass, path: &Path, look: Look) -> Result<(), Halt> {
        let id = look.id;
        if self.table.is_reused(&look) {
            self.readers.remove(&id);
            self.deleted(id)?;
        }
        let (known, before) = self.table.found(path, look);
        pass.missed.extend(before);
        match known {
            Known::New => {
                if let Some(before) = before.filter(|before| self.is_remounted(*before, id)) {
                    self.take_over(before, id)?;
                }
                pass.new.push(id);
            }
            Known::Twice => {}
            Known::Same { due, renamed, back } => {
                if renamed {
                    tracing::debug!(path = %path.display(), "a file has a new name and is read on under it");
                    if let Some(reader) = self.readers.get_mut(&id) {
                        reader.rename(path);
                    }
                }
                if back && let Some(entry) = self.table.get(id) {
                    self.say_moved(entry.position())?;
                }
                if due {
                    self.enqueue(id);
                }
            }
        }
        Ok(())
    }

    /// Finds out what became of files that are not where they were, and queues what is new.
    fn judge(&mut self, mut pass: Pass, walk: Option<&Walk>) -> Result<(), Halt> {
        let mut missed = std::mem::take(&mut pass.missed);
        missed.sort_by_cached_key(|id| self.table.get(*id).map(|entry| entry.path.to_path_buf()));
        missed.dedup();
        for id in missed {
            self.missed(id, walk, &mut pass)?;
        }
        for id in pass.new {
            self.enqueue(id);
        }
        Ok(())
    }

    /// A file is not where it was.
    pub(super) fn missed_now(&mut self, id: FileId) -> Result<(), Halt> {
        self.table.pass += 1;
        let missed = vec![id];
        // Its number may belong to a new file by now.
        self.judge(
            Pass {
                missed,
                ..Pass::default()
            },
            None,
        )
    }

    fn missed(&mut self, id: FileId, walk: Option<&Walk>, pass: &mut Pass) -> Result<(), Halt> {
        let Some(entry) = self.table.get(id) else {
            return Ok(());
        };
        let path = std::sync::Arc::clone(&entry.path);
        let place = entry.place;
        // Found meanwhile under another name, or it is not known whether it is still there.
        if entry.pass == self.table.pass || walk.is_some_and(|walk| walk.is_blind_to(&path)) || entry.is_gone() {
            return Ok(());
        }
        match Look::at(&path) {
            Ok(Some(look)) if look.id == id && place != Place::Away => {
                if place == Place::Outside {
                    if self.table.seen_outside(id, look) {
                        self.enqueue(id);
                    }
                } else if !self.glob.matches(&path) {
                    // The pattern is another one than in the run before.
                    self.readers.remove(&id);
                    self.gone(id)?;
                }
                return Ok(());
            }
            Err(error) if !is_absent(&error) => return Ok(()),
            _ => {}
        }
        let found = match find(id, &path, &mut pass.names) {
            Err(error) if is_exhausted(&error) && self.make_room() => find(id, &path, &mut pass.names),
            found => found,
        };
        let found = match found {
            Ok(found) => found,
            // It is not known whether the file is still there: the next pass looks again.
            Err(error) => {
                if is_exhausted(&error) {
                    self.exhausted.directory(parent(&path).to_owned());
                }
                self.next_scan = self.next_scan.min(self.now() + RETRY);
                return Ok(());
            }
        };
        if let Some((path, look)) = found {
            if self.glob.matches(&path) {
                return self.found(pass, &path, look);
            }
            tracing::debug!(path = %path.display(), "a file has a name now that the pattern does not match: the rest of it is read");
            if let Some(reader) = self.readers.get_mut(&id) {
                reader.rename(&path);
            }
            self.table.moved_outside(id, path, look);
            self.enqueue(id);
            return Ok(());
        }
        if self.readers.contains_key(&id) {
            if let Some(entry) = self.table.get_mut(id)
                && entry.place != Place::Away
            {
                entry.place = Place::Away;
                self.table.forget_path(id, &path);
                self.enqueue(id);
            }
            return Ok(());
        }
        self.tell_unread(id);
        self.gone(id)
    }

    /// Keeps the position of a file that is no longer there.
    fn gone(&mut self, id: FileId) -> Result<(), Halt> {
        self.exhausted.done_with(id);
        let now = self.clock.epoch_millis();
        let Some(entry) = self.table.get_mut(id) else {
            return Ok(());
        };
        if !entry.kept {
            self.held.remove(&id);
            self.partials.remove(&id);
            self.retries.remove(&id);
            self.table.remove(id);
            return Ok(());
        }
        entry.place = Place::Gone(now);
        let (path, position) = (std::sync::Arc::clone(&entry.path), entry.position());
        self.table.forget_path(id, &path);
        self.say_moved(position)
    }

    /// The file does not exist any more.
    pub(super) fn deleted(&mut self, id: FileId) -> Result<(), Halt> {
        self.tell_unread(id);
        self.forget(id)
    }

    /// Drops all that is known of a file.
    fn forget(&mut self, id: FileId) -> Result<(), Halt> {
        self.partials.remove(&id);
        self.retries.remove(&id);
        self.held.remove(&id);
        self.exhausted.done_with(id);
        let Some(entry) = self.table.remove(id).filter(|entry| entry.kept) else {
            return Ok(());
        };
        let position = entry.position();
        self.say_moved(super::FilePosition {
            finished: true,
            ..position
        })
    }

    fn tell_unread(&self, id: FileId) {
        let Some(entry) = self.table.get(id).filter(|entry| !entry.is_gone()) else {
            return;
        };
        let (path, offset) = (entry.path.display(), entry.progress.offset);
        let unread = entry.look.len.saturating_sub(offset);
        if unread > 0 {
            tracing::warn!(%path, offset, unread, "the file is gone, and {unread} bytes after byte {offset} of it were not read");
        }
    }

    /// Forgets files that have been gone for long.
    fn expire(&mut self) -> Result<(), Halt> {
        let keep = i64::try_from(KEEP.as_millis()).unwrap_or(i64::MAX);
        let before = self.clock.epoch_millis().saturating_sub(keep);
        let is_old = |place| matches!(place, Place::Gone(since) if since < before);
        let old: Vec<FileId> = self
            .table
            .iter()
            .filter(|(_, e)| is_old(e.place))
            .map(|(id, _)| id)
            .collect();
        for id in old {
            self.forget(id)?;
        }
        Ok(())
    }

    /// A file system may have another number after it was mounted anew.
    fn is_remounted(&self, before: FileId, now: FileId) -> bool {
        let resumed = self.table.get(before).is_some_and(|entry| entry.pass == 0);
        resumed && before.inode == now.inode && before.device != now.device
    }

    fn take_over(&mut self, before: FileId, now: FileId) -> Result<(), Halt> {
        let progress = self.table.get(before).map(|entry| entry.progress);
        self.forget(before)?;
        if let (Some(progress), Some(entry)) = (progress, self.table.get_mut(now)) {
            entry.progress = progress;
            entry.kept = true;
            let position = entry.position();
            self.say_moved(position)?;
        }
        Ok(())
    }

    /// Says what cannot be looked at, once.
    fn tell_errors(&mut self, walk: &Walk) -> Result<(), Halt> {
        self.unseen.retain(|path| walk.errors.contains_key(path));
        for (path, error) in walk.errors.iter().filter(|(_, error)| !is_exhausted(error)) {
            if self.how.bounded {
                return Err(Halt::Failed(cannot("look at", path, error)));
            }
            if self.unseen.insert(path.clone()) {
                let path = path.display();
                tracing::warn!(%path, %error, "cannot look at `{path}`: what is there waits until this is possible again");
            }
        }
        Ok(())
    }
}

/// How often all is looked at although every change is told: notifications may be lost.
const SAFETY: Duration = Duration::from_secs(10);
/// The longest time between two looks where changes are not told.
const SLOW: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_secs(1);
const GATHERED: Duration = Duration::from_millis(50);

pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The file under another name in the same directory, where it has one.
fn find(
    id: FileId,
    path: &Path,
    names: &mut HashMap<PathBuf, HashMap<u64, OsString>>,
) -> io::Result<Option<(PathBuf, Look)>> {
    let directory = parent(path);
    if !names.contains_key(directory) {
        let found = match names_by_inode(directory) {
            Err(error) if is_absent(&error) => HashMap::new(),
            found => found?,
        };
        names.insert(directory.to_owned(), found);
    }
    let Some(name) = names[directory].get(&id.inode) else {
        return Ok(None);
    };
    let path = path.with_file_name(name);
    match Look::at(&path) {
        Ok(look) => Ok(look.filter(|look| look.id == id).map(|look| (path, look))),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The directory of a file, as it can be opened.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

pub(super) fn cannot(what: &str, path: &Path, error: &io::Error) -> SourceError {
    let help = match error.kind() {
        io::ErrorKind::PermissionDenied => ": let this user read it, or exclude it from the pattern",
        _ => "",
    };
    SourceError::of_system(format!("cannot {what} `{}`: {error}{help}", path.display()), error)
}
