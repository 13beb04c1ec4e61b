//! The filesystem of the machine.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use super::filesystem::{DataFile, Filesystem};

/// The filesystem of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Real {
    /// What is written need not outlast the machine: nothing waits for the disk.
    passing: bool,
}

/// A file of it.
#[derive(Debug)]
pub(crate) struct RealFile {
    file: File,
    passing: bool,
}

/// A lock that is held.
#[derive(Debug)]
pub(crate) struct RealLock(pub(super) File);

impl Drop for RealLock {
    /// Closing the file is not enough: a child that this process forks at that moment has the file open, and with it the lock, until it executes its program.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

impl Real {
    /// For a test bench, where only a process is played to die.
    pub(crate) fn passing() -> Self {
        Self { passing: true }
    }

    fn file(self, file: File) -> RealFile {
        let passing = self.passing;
        RealFile { file, passing }
    }
}

impl Filesystem for Real {
    type File = RealFile;
    type Lock = RealLock;

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if let Some(parent) = parent {
            self.create_dir(parent)?;
        }
        match private_dir(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists || !path.is_dir() => Err(error),
            _ => self.sync_dir(parent.unwrap_or(Path::new("."))),
        }
    }

    fn lock(&self, path: &Path) -> io::Result<Result<RealLock, String>> {
        let mut file = private(OpenOptions::new().read(true).write(true).create(true)).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                write!(file, "process {}", std::process::id())?;
                Ok(Ok(RealLock(file)))
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Where locks are mandatory the file cannot be read; who holds it is only a help.
                let read = file.read_to_string(&mut holder);
                let known = read.is_ok() && !holder.is_empty();
                Ok(Err(if known { holder } else { "another process".into() }))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn names(&self, directory: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(directory)? {
            // A name that is not text is not one of ours.
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    fn create(&self, path: &Path) -> io::Result<RealFile> {
        let file = private(OpenOptions::new().read(true).write(true).create(true).truncate(true)).open(path)?;
        Ok(self.file(file))
    }

    fn open(&self, path: &Path) -> io::Result<RealFile> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        Ok(self.file(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn identity(&self, path: &Path) -> io::Result<Option<(u64, u64)>> {
        let found = std::fs::metadata(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Ok(Some((found.dev(), found.ino())))
        }
        #[cfg(not(unix))]
        {
            let _ = found;
            Ok(None)
        }
    }

    fn sync_dir(&self, directory: &Path) -> io::Result<()> {
        if cfg!(unix) && !self.passing {
            File::open(directory)?.sync_all()
        } else {
            Ok(()) // Elsewhere a directory cannot be opened; names are durable with the file.
        }
    }
}

impl DataFile for RealFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, buffer, offset)
    }

    #[cfg(unix)]
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(&self.file, bytes, offset)
    }

    #[cfg(windows)]
    fn read_exact_at(&self, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            let read = std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            buffer = &mut buffer[read..];
            offset += read as u64;
        }
        Ok(())
    }

    #[cfg(windows)]
    fn write_all_at(&self, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = std::os::windows::fs::FileExt::seek_write(&self.file, bytes, offset)?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = &bytes[written..];
            offset += written as u64;
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        if self.passing { Ok(()) } else { self.file.sync_data() }
    }
}

/// Only the user may read and write what is made.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn private_dir(path: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only unix has modes"))]
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
