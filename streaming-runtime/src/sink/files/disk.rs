//! The calls that change files, in one place: tests make the n-th of them fail.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::super::SinkError;

/// The file system.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk {
    #[cfg(test)]
    pub(super) faults: super::tests::Faults,
}

/// A call that may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Create,
    Write,
    Sync,
    Rename,
    Cut,
}

/// Why something was not done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// There is no room. Nothing has changed: it can be tried again.
    Full(SinkError),
    /// It cannot be done.
    Failed(SinkError),
    /// Nobody knows what is on the disk: a synchronisation has failed.
    Unknown(SinkError),
}

impl Disk {
    /// Makes a file, empty.
    pub(super) fn create(&self, path: &Path) -> Result<File, Trouble> {
        let made = self.fails(Call::Create).and_then(|()| {
            let mut options = File::options();
            options.read(true).write(true).create(true).truncate(true).open(path)
        });
        made.map_err(|e| unless_full("make the file", path, &e))
    }

    /// Writes from `at` on; what stood there before a failure is cut off again.
    pub(super) fn write(&self, path: &Path, file: &mut File, at: u64, content: &[&[u8]]) -> Result<(), Trouble> {
        let written = file
            .seek(SeekFrom::Start(at))
            .and_then(|_| content.iter().try_for_each(|part| self.write_part(file, part)));
        let Err(error) = written else { return Ok(()) };
        // Half a batch is of no use, and may hold the space that is missing.
        file.set_len(at).map_err(|e| Trouble::Failed(failed("cut", path, &e)))?;
        Err(unless_full("write", path, &error))
    }

    fn write_part(&self, file: &mut File, part: &[u8]) -> io::Result<()> {
        if let Err(error) = self.fails(Call::Write) {
            // A disk is full in the middle of a record.
            file.write_all(&part[..part.len() / 2])?;
            return Err(error);
        }
        file.write_all(part)
    }

    /// Makes what was written durable. When that fails, nobody may ask again: the kernel may have forgotten that it failed.
    pub(super) fn sync(&self, path: &Path, file: &File) -> Result<(), Trouble> {
        let synced = self.fails(Call::Sync).and_then(|()| file.sync_data());
        synced.map_err(|e| Trouble::Unknown(failed("make durable", path, &e)))
    }

    /// Makes the names in a directory durable.
    pub(super) fn sync_directory(&self, path: &Path) -> Result<(), Trouble> {
        let synced = self.fails(Call::Sync).and_then(|()| File::open(path)?.sync_all());
        synced.map_err(|e| Trouble::Unknown(failed("make durable", path, &e)))
    }

    /// Gives a file another name, which must be free.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> Result<(), Trouble> {
        if to.exists() {
            return Err(Trouble::Failed(taken(to)));
        }
        let renamed = self.fails(Call::Rename).and_then(|()| fs::rename(from, to));
        renamed.map_err(|e| unless_full("rename to", to, &e))
    }

    /// Cuts a file to a length, durably.
    pub(super) fn cut(&self, path: &Path, file: &File, length: u64) -> Result<(), Trouble> {
        let cut = self.fails(Call::Cut).and_then(|()| file.set_len(length));
        cut.map_err(|e| Trouble::Failed(failed("cut", path, &e)))?;
        self.sync(path, file)
    }

    /// Whether a file begins with these bytes.
    pub(super) fn begins_with(path: &Path, file: &mut File, bytes: &[u8]) -> Result<bool, Trouble> {
        let mut found = vec![0; bytes.len()];
        let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_exact(&mut found));
        match read {
            Ok(()) => Ok(found == bytes),
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => Ok(false),
            Err(e) => Err(Trouble::Failed(failed("read", path, &e))),
        }
    }

    #[cfg(test)]
    fn fails(&self, call: Call) -> io::Result<()> {
        self.faults.meet(call)
    }

    #[cfg(not(test))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "as in tests, where calls fail"
    )]
    fn fails(&self, _: Call) -> io::Result<()> {
        Ok(())
    }
}

impl From<SinkError> for Trouble {
    fn from(error: SinkError) -> Self {
        Self::Failed(error)
    }
}

/// What cannot be done now can be done once there is room.
pub(super) fn unless_full(what: &str, path: &Path, error: &io::Error) -> Trouble {
    let told = failed(what, path, error);
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Trouble::Full(told),
        _ => Trouble::Failed(told),
    }
}

pub(super) fn taken(path: &Path) -> SinkError {
    let path = path.display();
    SinkError::new(format!(
        "`{path}` is there already, made by another sink: give each sink a directory of its own"
    ))
    .permanent()
}

pub(super) fn failed(what: &str, path: &Path, error: &io::Error) -> SinkError {
    let help = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ": free space there, or write to another directory",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            ": let this user write there, or write to another directory"
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => ": a file is in the way, write to another directory",
        _ => "",
    };
    SinkError::of_system(format!("cannot {what} `{}`: {error}{help}", path.display()), error)
}
