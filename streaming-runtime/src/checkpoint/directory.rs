//! The directory of a checkpoint: the names of its files, and how a file comes to stand in it whole.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::CheckpointError;
use super::filesystem::{DataFile, Filesystem};
use super::planted::{self, Bug};
use super::seal::Seal;

/// The name of the manifest.
pub(crate) const MANIFEST: &str = "manifest.json";
const LOCK: &str = "lock";
const UNFINISHED: &str = ".tmp";

/// A locked directory.
#[derive(Debug)]
pub(crate) struct Directory<F: Filesystem> {
    pub fs: F,
    pub path: PathBuf,
    pub seal: Seal,
    /// What tells the directory and its lock from others of these names.
    identities: [Option<(u64, u64)>; 2],
    _lock: F::Lock,
}

/// What a name in the directory stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Segment(u64),
    /// Of a batch, in a generation.
    Snapshot(u64, u64),
    /// A file that was not finished.
    Unfinished,
    /// The manifest, the lock, or a file that is none of ours.
    Other,
}

/// The name of a segment.
pub(crate) fn segment_name(number: u64) -> String {
    format!("journal-{number:020}.log")
}

/// The name of a snapshot.
pub(crate) fn snapshot_name(batch: u64, generation: u64) -> String {
    match generation {
        0 => format!("snapshot-{batch:020}.snap"),
        generation => format!("snapshot-{batch:020}-{generation}.snap"),
    }
}

/// What a name stands for.
pub(crate) fn name_of(name: &str) -> Name {
    let between = |prefix, suffix| name.strip_prefix(prefix)?.strip_suffix(suffix);
    let number = |text: &str| text.parse::<u64>().ok();
    if let Some(finished) = name.strip_suffix(UNFINISHED) {
        return match name_of(finished) {
            Name::Other if finished != MANIFEST => Name::Other,
            _ => Name::Unfinished,
        };
    }
    if let Some(segment) = between("journal-", ".log")
        .and_then(number)
        .filter(|n| name == segment_name(*n))
    {
        return Name::Segment(segment);
    }
    let snapshot = between("snapshot-", ".snap").and_then(|text| {
        let (batch, generation) = text.split_once('-').unwrap_or((text, "0"));
        Some((number(batch)?, number(generation)?))
    });
    match snapshot {
        Some((batch, generation)) if name == snapshot_name(batch, generation) => Name::Snapshot(batch, generation),
        _ => Name::Other,
    }
}

/// Makes the directory where it is not there, and locks it.
pub(crate) fn lock<F: Filesystem>(fs: &F, path: &Path) -> Result<F::Lock, CheckpointError> {
    fs.create_dir(path)
        .map_err(|error| CheckpointError::writing("make the directory", path, error))?;
    let file = path.join(LOCK);
    match fs.lock(&file) {
        Ok(Ok(lock)) => Ok(lock),
        Ok(Err(by)) => Err(CheckpointError::Locked {
            directory: path.to_path_buf(),
            by,
        }),
        Err(error) => Err(CheckpointError::writing("lock", &file, error)),
    }
}

/// Writes a file under another name, and gives it its name when it is whole and durable. `write` fills it.
///
/// When this fails with [`CheckpointError::Full`] the file is as it was before.
pub(crate) fn replace<F: Filesystem>(
    fs: &F,
    directory: &Path,
    name: &str,
    write: impl FnOnce(&F::File, &Path) -> Result<(), CheckpointError>,
) -> Result<(), CheckpointError> {
    let unfinished = directory.join(format!("{name}{UNFINISHED}"));
    let file = fs
        .create(&unfinished)
        .map_err(|error| CheckpointError::writing("make", &unfinished, error))?;
    let written = write(&file, &unfinished);
    let written = written.and_then(|()| {
        if planted::is(Bug::ManifestWithoutSync) && name == MANIFEST {
            return Ok(());
        }
        file.sync()
            .map_err(|error| CheckpointError::io("sync", &unfinished, error))
    });
    drop(file);
    let target = directory.join(name);
    let renamed = written.and_then(|()| {
        fs.rename(&unfinished, &target)
            .map_err(|error| CheckpointError::writing("give its name to", &target, error))
    });
    if renamed.is_err() {
        // Only space is won by this; what is left is removed when the directory is next opened.
        let _ = fs.remove(&unfinished);
        return renamed;
    }
    sync(fs, directory)
}

/// Makes the names in the directory durable.
pub(crate) fn sync<F: Filesystem>(fs: &F, directory: &Path) -> Result<(), CheckpointError> {
    if planted::is(Bug::SkipDirectorySync) {
        return Ok(());
    }
    fs.sync_dir(directory)
        .map_err(|error| CheckpointError::io("sync", directory, error))
}

impl<F: Filesystem> Directory<F> {
    pub(crate) fn new(fs: F, path: &Path, seal: Seal, lock: F::Lock) -> Self {
        let identity = |path: &Path| fs.identity(path).ok().flatten();
        Self {
            identities: [identity(path), identity(&path.join(LOCK))],
            fs,
            path: path.to_path_buf(),
            seal,
            _lock: lock,
        }
    }

    /// Whether the directory is the one that was opened, and these files are in it.
    pub(crate) fn is_intact(&self, files: &[&str]) -> Result<(), CheckpointError> {
        let known = [
            (self.path.clone(), self.identities[0]),
            (self.file(LOCK), self.identities[1]),
        ];
        let kept = [MANIFEST].iter().chain(files).map(|name| (self.file(name), None));
        for (path, identity) in known.into_iter().chain(kept) {
            let gone = || CheckpointError::Gone {
                directory: self.path.clone(),
                what: path.clone(),
            };
            match self.fs.identity(&path) {
                Ok(now) if identity.is_some() && now != identity => return Err(gone()),
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    return Err(gone());
                }
                Err(error) => return Err(CheckpointError::io("look for", &path, error)),
            }
        }
        Ok(())
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Opens a file that the manifest names.
    pub(crate) fn open(&self, name: &str) -> Result<F::File, CheckpointError> {
        let path = self.file(name);
        self.fs.open(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => CheckpointError::damaged(&path, 0, "the file is missing"),
            _ => CheckpointError::io("open", &path, error),
        })
    }

    /// What a file holds.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>, CheckpointError> {
        let file = self.open(name)?;
        let read = file.len().and_then(|length| file.read_vec(0, length));
        read.map_err(|error| CheckpointError::io("read", &self.file(name), error))
    }
}
