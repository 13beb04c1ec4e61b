//! The directory of a sink: whose it is, and the names in it.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::SinkError;
use super::disk::{Disk, Trouble, failed};

/// Locked as long as a sink writes into the directory; it also says which file became visible last.
const LOCK: &str = ".sink.lock";

/// A directory that this sink alone writes into.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) path: PathBuf,
    extension: &'static str,
    lock: Option<File>,
    pub(super) disk: Disk,
}

/// What a name in the directory stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// `part-0000000000.jsonl`: whole.
    Visible(u64),
    /// `.part-0000000000.jsonl.tmp-0a1b2c3d`: in progress. The checkpoint of this tag knows how much of it counts.
    Kept(u64, String),
    /// `.part-0000000000.jsonl.len-17`: in progress, without a checkpoint. So many bytes of it count.
    Counted(u64, u64),
}

impl Name {
    pub(super) fn number(&self) -> u64 {
        match self {
            Self::Visible(number) | Self::Kept(number, _) | Self::Counted(number, _) => *number,
        }
    }
}

/// The file that became visible last, as the lock file has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Published {
    /// The tag of the checkpoint; empty without one.
    pub(super) tag: String,
    pub(super) number: u64,
    pub(super) bytes: u64,
}

impl Directory {
    pub(super) fn new(path: PathBuf, extension: &'static str) -> Self {
        Self {
            path,
            extension,
            lock: None,
            disk: Disk::default(),
        }
    }

    /// Makes the directory, and sees to it that no other sink writes into it.
    pub(super) fn open(&mut self) -> Result<(), Trouble> {
        if self.is_open() {
            return Ok(());
        }
        let made = fs::create_dir_all(&self.path);
        made.map_err(|e| failed("make the directory", &self.path, &e))?;
        let path = self.path.join(LOCK);
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|e| failed("open", &path, &e))?;
        match file.try_lock() {
            Ok(()) => self.lock = Some(file),
            Err(TryLockError::WouldBlock) => {
                let path = self.path.display();
                return Err(Trouble::Failed(SinkError::new(format!(
                    "another `files` sink is writing into `{path}`: give each sink a directory of its own, and run this pipeline once"
                ))));
            }
            Err(TryLockError::Error(e)) => return Err(Trouble::Failed(failed("lock", &path, &e))),
        }
        Ok(())
    }

    pub(super) fn is_open(&self) -> bool {
        self.lock.is_some()
    }

    /// Lets others write here.
    pub(super) fn release(&mut self) {
        self.lock = None;
    }

    pub(super) fn path_of(&self, name: &Name) -> PathBuf {
        let (number, extension) = (name.number(), self.extension);
        let file = match name {
            Name::Visible(_) => format!("part-{number:010}.{extension}"),
            Name::Kept(_, tag) => format!(".part-{number:010}.{extension}.tmp-{tag}"),
            Name::Counted(_, bytes) => format!(".part-{number:010}.{extension}.len-{bytes}"),
        };
        self.path.join(file)
    }

    /// The part files there are, by number.
    pub(super) fn list(&self) -> Result<Vec<Name>, Trouble> {
        let unreadable = |e| failed("read the directory", &self.path, &e);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            names.extend(self.read(&name.to_string_lossy()));
        }
        names.sort_by_key(Name::number);
        Ok(names)
    }

    fn read(&self, name: &str) -> Option<Name> {
        let whole = format!(".{}", self.extension);
        if let Some(number) = name.strip_prefix("part-") {
            return number.strip_suffix(&whole)?.parse().ok().map(Name::Visible);
        }
        let (number, state) = name.strip_prefix(".part-")?.split_once(&whole)?;
        let number = number.parse().ok()?;
        if let Some(tag) = state.strip_prefix(".tmp-") {
            return Some(Name::Kept(number, tag.to_owned()));
        }
        let bytes = state.strip_prefix(".len-")?.parse().ok()?;
        Some(Name::Counted(number, bytes))
    }

    /// Opens a file in progress; `None` where there is none.
    pub(super) fn open_file(path: &Path) -> Result<Option<File>, Trouble> {
        match File::options().read(true).write(true).open(path) {
            Ok(file) => Ok(Some(file)),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Trouble::Failed(failed("open", path, &e))),
        }
    }

    /// How long a file is; `None` where there is none.
    pub(super) fn length(path: &Path) -> Result<Option<u64>, Trouble> {
        match fs::metadata(path) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Trouble::Failed(failed("read", path, &e))),
        }
    }

    pub(super) fn remove(path: &Path) -> Result<(), Trouble> {
        match fs::remove_file(path) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(Trouble::Failed(failed("remove", path, &e))),
            _ => Ok(()),
        }
    }

    /// Makes a file visible, for good.
    pub(super) fn publish(&mut self, from: &Path, published: &Published) -> Result<(), Trouble> {
        self.disk
            .rename(from, &self.path_of(&Name::Visible(published.number)))?;
        self.disk.sync_directory(&self.path)?;
        self.note(published);
        Ok(())
    }

    /// Notes what became visible, so that a reader may take the file away. Without the note it is missed, and that is said then.
    fn note(&mut self, published: &Published) {
        let Some(lock) = &mut self.lock else { return };
        let text = serde_json::to_vec(published).unwrap_or_default();
        let noted = lock
            .set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| lock.write_all(&text));
        if let Err(error) = noted {
            let path = self.path.display();
            tracing::warn!(%path, %error, "cannot note which file became visible last");
        }
    }

    /// What became visible last, as far as it was noted.
    pub(super) fn published(&mut self) -> Option<Published> {
        let lock = self.lock.as_mut()?;
        let mut text = String::new();
        lock.rewind().and_then(|()| lock.read_to_string(&mut text)).ok()?;
        serde_json::from_str(&text).ok()
    }
}
