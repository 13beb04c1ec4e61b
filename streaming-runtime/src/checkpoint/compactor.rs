//! Makes snapshots in the background, from files alone: the snapshot before and the closed segments behind it.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use hashbrown::HashMap;

use super::changes::{Change, Changes, Reader};
use super::directory::{self, Directory, segment_name, snapshot_name};
use super::error::CheckpointError;
use super::filesystem::Filesystem;
use super::history::{Found, History};
use super::journal::Shared;
use super::manifest::{Manifest, SnapshotEntry};
use super::planted::{self, Bug};
use super::snapshot::SnapshotWriter;

/// A compaction under way. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Compaction {
    thread: Option<JoinHandle<Compacted>>,
    stop: Arc<AtomicBool>,
}

/// The length of the new snapshot; `None` when there was nothing to put into one.
type Compacted = Result<Option<u64>, CheckpointError>;

impl Compaction {
    /// Starts making a snapshot of everything in closed segments. Every batch in them has to be done.
    pub(crate) fn start<F: Filesystem>(shared: Arc<Shared<F>>) -> Result<Self, CheckpointError> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let path = shared.directory.path.clone();
        let in_background = shared.directory.fs.in_background();
        let bug = planted::here();
        let thread = thread::Builder::new().name("checkpoint".into()).spawn(move || {
            planted::plant(bug);
            compact(&shared, &stopped)
        });
        if !in_background {
            while thread.as_ref().is_ok_and(|thread| !thread.is_finished()) {
                thread::yield_now();
            }
        }
        let thread = thread.map_err(|error| CheckpointError::io("start a thread to compact", &path, error))?;
        Ok(Self {
            thread: Some(thread),
            stop,
        })
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits for the end.
    pub(crate) fn finish(mut self) -> Compacted {
        let thread = self.thread.take().expect("it is taken once, here or in drop");
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Drop for Compaction {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Whoever drops it does not ask what came of it; but the directory must not be unlocked while it is written.
            let _ = thread.join();
        }
    }
}

fn compact<F: Filesystem>(shared: &Shared<F>, stop: &AtomicBool) -> Compacted {
    let directory = &shared.directory;
    let manifest = shared.lock_manifest().clone();
    let closed: Vec<_> = manifest
        .segments
        .iter()
        .copied()
        .filter(|entry| entry.bytes.is_some())
        .collect();
    let history = History::read(
        directory,
        manifest.generation,
        manifest.snapshots.last().copied(),
        &closed,
    )?;
    let (Some(last), Some(newest)) = (&history.last, closed.last()) else {
        return Ok(None);
    };
    if last.place.is_none() {
        return Ok(None);
    }
    let bytes = write(directory, &history, last, manifest.generation, stop)?;
    let mut current = shared.lock_manifest();
    let mut next = current.clone();
    next.add_snapshot(SnapshotEntry {
        batch: last.batch,
        through_segment: newest.segment,
    });
    if planted::is(Bug::DeleteBeforeManifest) {
        remove(directory, &current, &next);
    }
    next.write(&directory.fs, &directory.path)?;
    let before = std::mem::replace(&mut *current, next);
    remove(directory, &before, &current);
    Ok(Some(bytes))
}

/// Writes the snapshot; returns its length.
fn write<F: Filesystem>(
    directory: &Directory<F>,
    history: &History<F>,
    last: &Found,
    generation: u64,
    stop: &AtomicBool,
) -> Result<u64, CheckpointError> {
    let mut length = 0;
    directory::replace(
        &directory.fs,
        &directory.path,
        &snapshot_name(last.batch, generation),
        |file, path| {
            let writing = |error| CheckpointError::writing("write", path, error);
            let go_on = || {
                let stopped = stop.load(Ordering::Relaxed).then_some(io::ErrorKind::Interrupted);
                stopped.map_or(Ok(()), |stopped| Err(writing(stopped.into())))
            };
            let mut writer = SnapshotWriter::<F>::new(
                file,
                directory.seal,
                directory.seal.snapshot(last.batch, generation),
                last.batch,
            )
            .map_err(writing)?;
            for (operator, partition) in history.keys() {
                go_on()?;
                let state = merge(directory, history, (operator, partition), last.batch)?;
                if !state.is_empty() {
                    writer.section(operator, partition, &state).map_err(writing)?;
                }
            }
            length = writer.finish(&last.meta).map_err(writing)?;
            // What follows is a sync of all that.
            go_on()
        },
    )?;
    Ok(length)
}

/// What a key has: what was put, and what was added since.
struct Value<'b> {
    whole: &'b [u8],
    additions: Vec<&'b [u8]>,
}

impl<'b> Value<'b> {
    fn new(whole: &'b [u8]) -> Self {
        let additions = Vec::new();
        Self { whole, additions }
    }
}

/// The state of an operator in a key partition, as a list of the changes that make it out of nothing.
pub(super) fn merge<F: Filesystem>(
    directory: &Directory<F>,
    history: &History<F>,
    key: (u32, u32),
    through: u64,
) -> Result<Vec<u8>, CheckpointError> {
    let mut lists = Vec::new();
    let mut read = history.lists(directory, key, through);
    while let Some(list) = read.next()? {
        lists.push(list);
    }
    let mut slices: HashMap<i64, HashMap<&[u8], Value<'_>, foldhash::fast::FixedState>, foldhash::fast::FixedState> =
        HashMap::default();
    for (list, origin) in &lists {
        let mut reader = Reader::new(list);
        while let Some(change) = origin.change(&mut reader)? {
            match change {
                Change::Put { slice, key, value } => {
                    slices.entry(slice).or_default().insert(key, Value::new(value));
                }
                Change::Extend { slice, key, addition } => {
                    let of_key = slices.get_mut(&slice).and_then(|entries| entries.get_mut(key));
                    let Some(value) = of_key else {
                        return Err(origin.damaged(0, "it adds to a key that is not there"));
                    };
                    value.additions.push(addition);
                }
                Change::Remove { .. } if planted::is(Bug::CompactionKeepsRemoved) => {}
                Change::Remove { slice, key } => {
                    slices.entry(slice).or_default().remove(key);
                }
                Change::Drop { slice } => {
                    slices.remove(&slice);
                }
            }
        }
    }
    let mut state = Changes::default();
    for (slice, entries) in &slices {
        for (key, value) in entries {
            let copy = |from: &[u8], bytes: &mut Vec<u8>| {
                bytes.extend_from_slice(from);
                Ok::<(), Infallible>(())
            };
            let Ok(()) = state.put(*slice, |bytes| copy(key, bytes), |bytes| copy(value.whole, bytes));
            for addition in &value.additions {
                let Ok(()) = state.extend(*slice, |bytes| copy(key, bytes), |bytes| copy(addition, bytes));
            }
        }
    }
    Ok(state.into_bytes())
}

/// Removes the files that counted before and no longer do. What cannot be removed now is removed when the directory is next opened.
fn remove<F: Filesystem>(directory: &Directory<F>, before: &Manifest, now: &Manifest) {
    let segments = before.segments.iter().filter(|entry| !now.segments.contains(entry));
    let gone = before.generation != now.generation;
    let snapshots = before
        .snapshots
        .iter()
        .filter(|entry| gone || !now.snapshots.contains(entry));
    let names = segments
        .map(|entry| segment_name(entry.segment))
        .chain(snapshots.map(|entry| snapshot_name(entry.batch, before.generation)));
    for name in names {
        let _ = directory.fs.remove(&directory.file(&name));
    }
}
