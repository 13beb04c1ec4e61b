//! What can be wrong with a checkpoint, in words.

use std::path::{Path, PathBuf};
use std::{error, fmt, io};

/// Why a checkpoint cannot be opened, trusted, read or written. The text says which file, where in it, and what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum CheckpointError {
    /// A file does not hold what was written to it.
    #[non_exhaustive]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where in the file.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// The checkpoint is whole but does not belong to this pipeline as it is now.
    #[non_exhaustive]
    Mismatch {
        /// What differs, and what to do.
        reason: String,
    },
    /// What sources, sinks or operators know does not go together with the checkpoint.
    #[non_exhaustive]
    Refused {
        /// What contradicts what, and what to do.
        reason: String,
    },
    /// Another process uses the directory.
    #[non_exhaustive]
    Locked {
        /// The directory.
        directory: PathBuf,
        /// Who uses it.
        by: String,
    },
    /// The directory, or a file that must be there, was removed or replaced while it was used.
    #[non_exhaustive]
    Gone {
        /// The directory.
        directory: PathBuf,
        /// What is gone.
        what: PathBuf,
    },
    /// The disk is full. Nothing of what was to be written counts; it can be tried again.
    #[non_exhaustive]
    Full {
        /// What was written to.
        file: PathBuf,
    },
    /// The operating system reports an error. A journal fails from then on.
    #[non_exhaustive]
    Io {
        /// What was tried: `write`, `sync`.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl CheckpointError {
    pub(super) fn damaged(file: &Path, offset: u64, reason: impl Into<String>) -> Self {
        Self::Damaged {
            file: file.to_path_buf(),
            offset,
            reason: reason.into(),
        }
    }

    pub(super) fn io(what: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io {
            what,
            path: path.to_path_buf(),
            error,
        }
    }

    /// For a write that can be taken back: a full disk is told apart.
    pub(super) fn writing(what: &'static str, path: &Path, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full {
                file: path.to_path_buf(),
            },
            _ => Self::io(what, path, error),
        }
    }

    /// Whether a pipeline may start again with nothing changed but time.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Full { .. } | Self::Locked { .. } => true,
            Self::Io { error, .. } => !stays(error),
            Self::Damaged { .. } | Self::Mismatch { .. } | Self::Refused { .. } | Self::Gone { .. } => false,
        }
    }

    /// Whether writing it again later makes sense.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }
}

/// Whether the system fails in the same way until somebody changes a permission, a path or a setting.
pub(crate) fn stays(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::Unsupported
    )
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { file, offset, reason } => write!(
                f,
                "checkpoint is damaged: {} at byte {offset}: {reason}; restore the whole directory from a backup, or start with a new \
                 checkpoint directory and say where the sources start",
                file.display()
            ),
            Self::Mismatch { reason } => write!(f, "checkpoint does not fit: {reason}"),
            Self::Refused { reason } => f.write_str(reason),
            Self::Locked { directory, by } => write!(
                f,
                "checkpoint directory {} is in use by {by}; stop that process, or give this one a directory of its own",
                directory.display()
            ),
            Self::Gone { directory, what } => write!(
                f,
                "checkpoint directory {} was removed or replaced while the pipeline used it ({} is gone): the open batch is not written; bring the \
                 directory back from a backup, or start with a new one and say where the sources start",
                directory.display(),
                what.display()
            ),
            Self::Full { file } => write!(f, "no space left to write {}: free some", file.display()),
            Self::Io { what, path, error } => {
                write!(f, "cannot {what} {}: {error}; {}", path.display(), advice(error.kind()))
            }
        }
    }
}

/// What to do about an error of the operating system.
fn advice(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::PermissionDenied => {
            "the user of this process may not do that: change the owner or the permissions, or use another directory"
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            "the filesystem is mounted read-only: mount it writable, or use another directory"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "something else has this name: use another directory"
        }
        _ => "look for messages about the disk in the system's log, and start again when it works",
    }
}

impl error::Error for CheckpointError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}
