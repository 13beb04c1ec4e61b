//! A copy of a checkpoint that is written to meanwhile.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use super::directory::{MANIFEST, segment_name, snapshot_name};
use super::error::CheckpointError;
use super::manifest::Manifest;

/// A manifest lists its files for as long as a compaction takes at least: a copy that comes too late begins again.
const TRIES: usize = 100;

/// Copies the checkpoint in `from` into the directory `to`, which is made and must be empty. The pipeline may run meanwhile, and is not held up.
///
/// The copy is the checkpoint as of one of the last batches that were decided before this returns. It is durable then. A pipeline started from it
/// resumes behind that batch: with sources that can still give what came since, and with sinks that hold no later batch. Others are refused
/// when it starts, as with any old copy: give the copy output of its own.
///
/// A copy made by other means (`cp`, a backup) may be torn. It is then refused when it is opened, and never taken for another state; a snapshot of
/// the filesystem is a good copy.
///
/// ```
/// use streaming_runtime::{copy_checkpoint, stream_pipeline};
///
/// # let directory = std::env::temp_dir().join(format!("streaming-copy-{}", std::process::id()));
/// # let _ = std::fs::remove_dir_all(&directory);
/// let (checkpoint, savepoint) = (directory.join("checkpoint"), directory.join("savepoint"));
/// let count = || stream_pipeline!({
///     settings(trigger = available_now, name = "count");
///     let words = memory(["a", "b", "a"].map(str::to_owned)).key_by(|w| w.as_str()).running(unbounded).count();
///     words.print();
/// });
/// count().checkpoint(&checkpoint).run_blocking()?;
/// copy_checkpoint(&checkpoint, &savepoint)?;
/// let summary = count().checkpoint(&savepoint).run_blocking()?;
/// assert_eq!((summary.rows_in, summary.totals.rows_in, summary.state_rows), (0, 3, 2));
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When there is no checkpoint in `from`, when `to` is not empty, and when a file cannot be read or written. What is in `to` then is of no use.
pub fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<(), CheckpointError> {
    let (from, to) = (from.as_ref(), to.as_ref());
    make_empty(to)?;
    let mut gone = None;
    for _ in 0..TRIES {
        match try_copy(from, to)? {
            Copied::Whole => return Ok(()),
            // Its place was taken by another while the manifest before was read.
            Copied::Without(file) => gone = Some(file),
        }
    }
    let file = from.join(gone.unwrap_or_default());
    Err(CheckpointError::damaged(&file, 0, "the file is missing"))
}

enum Copied {
    Whole,
    /// This file is no longer there.
    Without(String),
}

fn try_copy(from: &Path, to: &Path) -> Result<Copied, CheckpointError> {
    let path = from.join(MANIFEST);
    let bytes = fs::read(&path).map_err(|error| CheckpointError::io("read", &path, error))?;
    let manifest = Manifest::read(&bytes, &path)?;
    let snapshots = manifest.snapshots.iter();
    let snapshots = snapshots.map(|entry| (snapshot_name(entry.batch, manifest.generation), None));
    let segments = manifest
        .segments
        .iter()
        .map(|entry| (segment_name(entry.segment), entry.bytes));
    let mut names = Vec::new();
    for (name, bytes) in snapshots.chain(segments) {
        if !copy_file(&from.join(&name), &to.join(&name), bytes)? {
            for name in names {
                // The next try makes other files; what is left over is removed when the copy is opened.
                let _ = fs::remove_file(to.join(name));
            }
            return Ok(Copied::Without(name));
        }
        names.push(name);
    }
    // Last, so that a copy which was broken off is not taken for one.
    let path = to.join(MANIFEST);
    let written = create(&path).and_then(|mut file| {
        file.write_all(&bytes)?;
        file.sync_all()
    });
    written.map_err(|error| CheckpointError::writing("write", &path, error))?;
    let synced = File::open(to).and_then(|directory| directory.sync_all());
    synced.map_err(|error| CheckpointError::io("sync", to, error))?;
    Ok(Copied::Whole)
}

/// Copies as many bytes as count, or as are there now: what is appended meanwhile may be torn. False where the file is gone.
fn copy_file(from: &Path, to: &Path, counts: Option<u64>) -> Result<bool, CheckpointError> {
    let reading = |error| CheckpointError::io("read", from, error);
    let file = match File::open(from) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(reading(error)),
    };
    let there = file.metadata().map_err(reading)?.len();
    let length = counts.map_or(there, |counts| counts.min(there));
    let copied = create(to).and_then(|mut copy| {
        io::copy(&mut file.take(length), &mut copy)?;
        copy.sync_all()
    });
    copied.map_err(|error| CheckpointError::writing("copy to", to, error))?;
    Ok(true)
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn make_empty(directory: &Path) -> Result<(), CheckpointError> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only unix has modes"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.recursive(true).create(directory);
    made.map_err(|error| CheckpointError::writing("make the directory", directory, error))?;
    let mut names = fs::read_dir(directory).map_err(|error| CheckpointError::io("list", directory, error))?;
    if names.next().is_some() {
        let directory = directory.display();
        return Err(CheckpointError::Refused {
            reason: format!("{directory} is not empty: a checkpoint is copied into a directory of its own"),
        });
    }
    Ok(())
}
