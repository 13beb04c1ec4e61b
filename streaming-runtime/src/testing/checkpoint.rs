use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

/// The directory in which a pipeline on the test bench keeps its checkpoint. Clones are the same directory.
///
/// ```
/// use streaming_runtime::testing::Checkpoint;
/// let checkpoint = Checkpoint::temporary();
/// let directory = checkpoint.path().to_owned();
/// assert!(directory.is_dir());
/// drop(checkpoint);
/// assert!(!directory.exists());
/// ```
#[derive(Debug, Clone)]
pub struct Checkpoint(Arc<Directory>);

#[derive(Debug)]
struct Directory {
    path: PathBuf,
    temporary: bool,
}

impl Checkpoint {
    /// A new, empty directory, which is removed with the last clone of this and the last driver that uses it.
    ///
    /// # Panics
    /// When the directory cannot be made.
    #[must_use]
    pub fn temporary() -> Self {
        let path = std::env::temp_dir().join(format!("streaming-test-{}", Uuid::new_v4().simple()));
        if let Err(error) = fs::create_dir_all(&path) {
            panic!("cannot make `{}` for a checkpoint: {error}", path.display());
        }
        Self(Arc::new(Directory { path, temporary: true }))
    }

    /// This directory, which stays: a later test can resume from it.
    #[must_use]
    pub fn in_directory(path: impl Into<PathBuf>) -> Self {
        Self(Arc::new(Directory {
            path: path.into(),
            temporary: false,
        }))
    }

    /// The directory: for a test that copies it, brings back an older copy, or takes it away.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if self.temporary {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
