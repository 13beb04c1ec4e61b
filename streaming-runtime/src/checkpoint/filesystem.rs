//! What a checkpoint needs of a filesystem: the real one, or a simulated one in tests.

use std::fmt::Debug;
use std::io;
use std::path::Path;

/// A filesystem. Files are made and changed by one process at a time, which holds the [lock](Filesystem::lock).
pub(crate) trait Filesystem: Debug + Clone + Send + Sync + 'static {
    /// An open file.
    type File: DataFile;
    /// Keeps other processes out until it is dropped.
    type Lock: Debug + Send + Sync + 'static;

    /// Makes a directory, and those above it, that only the user can enter; durable when it returns.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Locks a file, which is made when it is not there; else what stands in it about who has locked it.
    fn lock(&self, path: &Path) -> io::Result<Result<Self::Lock, String>>;
    /// The names of the files in a directory.
    fn names(&self, directory: &Path) -> io::Result<Vec<String>>;
    /// Makes an empty file, in the place of what had this name.
    fn create(&self, path: &Path) -> io::Result<Self::File>;
    /// Opens a file for reading and writing.
    fn open(&self, path: &Path) -> io::Result<Self::File>;
    /// Gives a file another name, in the place of what had that name; not durable before [`Filesystem::sync_dir`].
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// What tells a file or directory from another one that has its name later; `None` where nothing does.
    fn identity(&self, path: &Path) -> io::Result<Option<(u64, u64)>> {
        let _ = path;
        Ok(None)
    }
    /// Makes names given and taken in a directory durable.
    fn sync_dir(&self, directory: &Path) -> io::Result<()>;

    /// Whether a compaction runs beside the journal. A simulated filesystem can have both take turns, so that what happens can be repeated.
    fn in_background(&self) -> bool {
        true
    }
}

/// A file that is read and written by position.
pub(crate) trait DataFile: Debug + Send + Sync + 'static {
    /// Length in bytes.
    fn len(&self) -> io::Result<u64>;
    /// Fills the buffer, or fails.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
    /// Writes all bytes. When it fails any of them may have been written.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Cuts the file, or fills it up with zeros.
    fn set_len(&self, length: u64) -> io::Result<()>;
    /// Makes content and length durable.
    fn sync(&self) -> io::Result<()>;

    /// The bytes from `offset` on.
    fn read_vec(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }
}
