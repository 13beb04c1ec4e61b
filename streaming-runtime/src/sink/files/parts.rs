//! Files that appear whole: written under a hidden name, made durable, renamed.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::super::SinkError;

/// The part files of one directory.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    directory: PathBuf,
    extension: &'static str,
    /// Number of the file of batch 0.
    first: u64,
}

/// A file that is durable and not visible yet.
#[derive(Debug)]
pub(super) struct Prepared {
    directory: PathBuf,
    hidden: PathBuf,
    visible: PathBuf,
}

impl Parts {
    pub(super) fn new(directory: PathBuf, extension: &'static str) -> Self {
        Self {
            directory,
            extension,
            first: 0,
        }
    }

    /// Makes the directory, removes what an earlier run left unfinished, and finds the first free number.
    pub(super) fn open(&mut self) -> Result<(), SinkError> {
        let directory = &self.directory;
        fs::create_dir_all(directory).map_err(|e| failed("make the directory", directory, &e))?;
        let unreadable = |e| failed("read the directory", directory, &e);
        for entry in fs::read_dir(directory).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if self.number(&name, ".part-", ".tmp").is_some() {
                fs::remove_file(entry.path()).map_err(|e| failed("remove", &entry.path(), &e))?;
            } else if let Some(number) = self.number(&name, "part-", "") {
                self.first = self.first.max(number + 1);
            }
        }
        Ok(())
    }

    /// The number in a name of this format.
    fn number(&self, name: &str, prefix: &str, suffix: &str) -> Option<u64> {
        let name = name.strip_prefix(prefix)?.strip_suffix(suffix)?;
        name.strip_suffix(self.extension)?.strip_suffix('.')?.parse().ok()
    }

    /// Writes the file of a batch, not visible yet.
    pub(super) fn prepare(&self, batch: u64, header: &[u8], content: &[Vec<u8>]) -> Result<Prepared, SinkError> {
        let name = format!("part-{:010}.{}", self.first + batch, self.extension);
        let hidden = self.directory.join(format!(".{name}.tmp"));
        write(&hidden, header, content).map_err(|e| {
            // Half a file is of no use, and may hold the space that was missing.
            let _ = fs::remove_file(&hidden);
            failed("write", &hidden, &e)
        })?;
        Ok(Prepared {
            directory: self.directory.clone(),
            hidden,
            visible: self.directory.join(name),
        })
    }
}

fn write(path: &Path, header: &[u8], content: &[Vec<u8>]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(header)?;
    for part in content {
        file.write_all(part)?;
    }
    file.sync_all()
}

impl Prepared {
    /// Makes the file visible, for good.
    pub(super) fn commit(self) -> Result<(), SinkError> {
        let Self {
            directory,
            hidden,
            visible,
        } = self;
        if visible.exists() {
            let path = visible.display();
            return Err(SinkError(format!(
                "`{path}` is there already, made by another sink: give each sink a directory of its own"
            )));
        }
        fs::rename(&hidden, &visible).map_err(|e| failed("rename to", &visible, &e))?;
        // The name is durable only when the directory is.
        let synced = File::open(&directory).and_then(|directory| directory.sync_all());
        synced.map_err(|e| failed("make durable", &directory, &e))
    }

    pub(super) fn abort(self) -> Result<(), SinkError> {
        fs::remove_file(&self.hidden).map_err(|e| failed("remove", &self.hidden, &e))
    }
}

fn failed(what: &str, path: &Path, error: &io::Error) -> SinkError {
    let help = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ": free space there, or write to another directory",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            ": let this user write there, or write to another directory"
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => ": a file is in the way, write to another directory",
        _ => "",
    };
    SinkError(format!("cannot {what} `{}`: {error}{help}", path.display()))
}
