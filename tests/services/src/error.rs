//! The error of every helper here: a message for the person whose test failed.

use std::fmt;
use std::path::{Path, PathBuf};

/// What went wrong, and the log files of the services that it went wrong with.
///
/// `Debug` prints the same text as `Display`, so that an `unwrap` in a test reads well.
#[derive(Clone)]
pub struct Error {
    message: String,
    logs: Vec<PathBuf>,
}

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            logs: Vec::new(),
        }
    }

    /// For an operation on a path that failed.
    pub(crate) fn io(action: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(format!("cannot {action} {}: {error}", path.display()))
    }

    pub(crate) fn with_logs(mut self, logs: impl IntoIterator<Item = PathBuf>) -> Self {
        self.logs = logs.into_iter().collect();
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for log in &self.logs {
            write!(f, "\n  log: {}", log.display())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
