//! What the operating system says about files.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// Which file it is, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct FileId {
    pub(super) device: u64,
    pub(super) inode: u64,
}

impl FileId {
    /// The unit of the checkpoint that keeps the file's position: no two files have the same at the same time.
    pub(super) fn unit(self) -> String {
        format!("{:x}:{:x}", self.device, self.inode)
    }
}

/// A file as it was when it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) id: FileId,
    pub(super) len: u64,
    /// When it was last written, epoch nanoseconds.
    pub(super) modified: i64,
    /// When it was created, epoch nanoseconds, where the file system says so.
    pub(super) born: Option<i64>,
    /// How many names it has.
    pub(super) links: u64,
}

impl Look {
    /// Looks at what stands at a path; nothing where that is no file.
    pub(super) fn at(path: &Path) -> io::Result<Option<Self>> {
        let metadata = std::fs::metadata(path)?;
        Ok(metadata.is_file().then(|| Self::new(path, &metadata)))
    }

    pub(super) fn of(path: &Path, file: &File) -> io::Result<Self> {
        Ok(Self::new(path, &file.metadata()?))
    }

    #[cfg(unix)]
    fn new(_path: &Path, metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            id: FileId {
                device: metadata.dev(),
                inode: metadata.ino(),
            },
            len: metadata.len(),
            modified: nanos(metadata.modified()).unwrap_or(0),
            born: nanos(metadata.created()),
            links: metadata.nlink(),
        }
    }

    /// Where files have no number, the name has to do.
    #[cfg(not(unix))]
    fn new(path: &Path, metadata: &Metadata) -> Self {
        Self {
            id: FileId {
                device: 0,
                inode: u64::from(crc32c::crc32c(path.as_os_str().as_encoded_bytes())),
            },
            len: metadata.len(),
            modified: nanos(metadata.modified()).unwrap_or(0),
            born: nanos(metadata.created()),
            links: 1,
        }
    }
}

fn nanos(time: io::Result<std::time::SystemTime>) -> Option<i64> {
    let time = time.ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(time.as_nanos()).ok()
}

/// Reads at an offset, up to the end of the file; where the file is read from otherwise does not matter.
pub(super) fn read_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<usize> {
    let mut total = 0;
    while !buffer.is_empty() {
        match read_some(file, buffer, offset) {
            Ok(0) => break,
            Ok(read) => {
                total += read;
                offset += read as u64;
                buffer = &mut buffer[read..];
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(total)
}

#[cfg(unix)]
fn read_some(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_some(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// The name in a directory of the file with this number.
#[cfg(unix)]
pub(super) fn names_by_inode(directory: &Path) -> io::Result<std::collections::HashMap<u64, std::ffi::OsString>> {
    use std::os::unix::fs::DirEntryExt;
    let entries = std::fs::read_dir(directory)?;
    entries
        .map(|entry| entry.map(|entry| (entry.ino(), entry.file_name())))
        .collect()
}

#[cfg(not(unix))]
pub(super) fn names_by_inode(_: &Path) -> io::Result<std::collections::HashMap<u64, std::ffi::OsString>> {
    Ok(std::collections::HashMap::new())
}
