//! Learns of changes without looking at every file.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

use std::collections::BTreeSet;
use std::path::PathBuf;

#[cfg(target_os = "linux")]
pub(super) use linux::{Waker, Watch};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{Waker, Watch};

/// What has changed.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Paths of files.
    pub(super) paths: BTreeSet<PathBuf>,
    /// Files that got another name, in order: from, to.
    pub(super) renamed: Vec<(PathBuf, PathBuf)>,
    /// Something changed that only a look at everything tells.
    pub(super) rescan: bool,
}
