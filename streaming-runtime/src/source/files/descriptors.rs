//! What waits because the process or the system may open no more files.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::glob::Walk;
use super::os::FileId;
use super::table::Place;
use super::tail::{Halt, Job, Tail};
use crate::blocked::Blocked;
use crate::clock::WallClock;

/// How long after it failed an attempt is repeated.
const PAUSE: Duration = Duration::from_secs(1);

/// Files and directories that wait to be opened.
#[derive(Debug)]
pub(super) struct Exhausted {
    files: BTreeSet<FileId>,
    directories: BTreeSet<PathBuf>,
    blocked: Blocked,
}

impl Exhausted {
    pub(super) fn new(clock: WallClock) -> Self {
        Self {
            files: BTreeSet::new(),
            directories: BTreeSet::new(),
            blocked: Blocked::new(clock),
        }
    }

    /// Whether there are directories of which it is not known what is in them.
    pub(super) fn hides_files(&self) -> bool {
        !self.directories.is_empty()
    }

    /// A file could be opened, or is gone.
    pub(super) fn done_with(&mut self, id: FileId) {
        self.files.remove(&id);
    }

    /// A directory could not be read.
    pub(super) fn directory(&mut self, path: PathBuf) {
        self.directories.insert(path);
    }

    /// Says how many there are, and when there are none any more.
    pub(super) fn tell(&mut self) {
        let (files, directories) = (self.files.len(), self.directories.len());
        if files + directories == 0 {
            self.blocked.over("files are opened again");
            return;
        }
        self.blocked.by(format_args!(
            "{files} files and {directories} directories wait to be opened, because this process or the system may open no more files: they are \
             tried again every second; allow it more (`ulimit -n`, or `LimitNOFILE` of systemd)"
        ));
    }
}

impl Tail {
    /// Walks over the directories; where too many files are open, once more without some of them.
    pub(super) fn walk(&mut self) -> Result<Walk, Halt> {
        loop {
            let mut walk = self.glob.walk();
            if walk.errors.values().any(is_exhausted) && self.make_room() {
                walk = self.glob.walk();
            }
            let hidden = walk.errors.iter().filter(|(_, error)| is_exhausted(error));
            self.exhausted.directories = hidden.map(|(path, _)| path.clone()).collect();
            if !self.how.bounded || !self.exhausted.hides_files() {
                return Ok(walk);
            }
            self.exhausted.tell();
            self.rest()?;
        }
    }

    /// A file cannot be opened now, and waits.
    pub(super) fn postpone(&mut self, job: Job) -> Result<(), Halt> {
        let id = job.id;
        self.make_room();
        if self.how.bounded {
            // The files come one after the other, so that the others wait with it.
            self.exhausted.files.extend(self.queue.iter().map(|job| job.id));
            self.exhausted.files.insert(id);
            self.queue.push_front(job);
            self.exhausted.tell();
            self.rest()?;
            self.exhausted.files.clear();
            return Ok(());
        }
        let Some(entry) = self.table.get_mut(id) else {
            return Ok(());
        };
        entry.queued = false;
        self.exhausted.files.insert(id);
        self.retries.insert(id, self.now() + PAUSE);
        Ok(())
    }

    /// Closes half of the files that are open, those that were quiet the longest. One that is nowhere in the pattern's directories any more
    /// could not be opened again. Says whether there was one to close.
    pub(super) fn make_room(&mut self) -> bool {
        let mut ids = self.quietest();
        ids.retain(|id| self.table.get(*id).is_some_and(|entry| entry.place != Place::Away));
        let close = ids.len().div_ceil(2);
        for id in &ids[..close] {
            self.readers.remove(id);
        }
        close > 0
    }

    /// Waits before the next attempt.
    fn rest(&mut self) -> Result<(), Halt> {
        let until = self.now() + PAUSE;
        while self.now() < until {
            if self.is_unheard() {
                return Err(Halt::Unheard);
            }
            std::thread::sleep(PAUSE / 20);
        }
        Ok(())
    }
}

/// Whether the process or the system has too many open files.
pub(super) fn is_exhausted(error: &io::Error) -> bool {
    // EMFILE and ENFILE, and ERROR_TOO_MANY_OPEN_FILES: they have no kind of their own.
    let codes: &[i32] = if cfg!(windows) { &[4] } else { &[23, 24] };
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
}
