//! The journal while it is written: one frame and one sync decide a batch.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::compactor::Compaction;
use super::directory::{Directory, segment_name};
use super::error::CheckpointError;
use super::filesystem::{DataFile, Filesystem};
use super::frame::{self, DeltaOf, Heading, Kind};
use super::manifest::Manifest;
use super::planted::{self, Bug};
use super::segment::{self, HEADER};

/// The journal is compacted when it is longer than this and than the last snapshot.
pub(crate) const COMPACT_AT: u64 = 4 << 20;
/// The journal is compacted when it has more segments than this: each start adds one.
const MOST_SEGMENTS: usize = 16;
/// Changes of at least this length are written as they are; shorter ones are put together first.
const DIRECT: usize = 32 << 10;

/// The changes that a batch makes to the state of an operator in a key partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delta {
    /// Index in the operators of the [`Identity`](super::Identity) of this run.
    pub operator: u32,
    pub partition: u32,
    /// Made with [`Changes`](super::Changes).
    pub changes: Vec<u8>,
}

/// A checkpoint to append to.
#[derive(Debug)]
pub(crate) struct Journal<F: Filesystem> {
    shared: Arc<Shared<F>>,
    operators: Vec<u32>,
    file: F::File,
    /// The segment that is written.
    segment: u64,
    epoch: u64,
    /// Where the next frame goes.
    end: u64,
    /// How much of the segment is durable.
    synced: u64,
    tail: Option<Tail>,
    compaction: Option<Compaction>,
    limits: Limits,
    /// Why nothing more can be appended.
    failed: Option<String>,
    buffer: Vec<u8>,
}

/// What the journal and its compaction both use.
#[derive(Debug)]
pub(crate) struct Shared<F: Filesystem> {
    pub directory: Directory<F>,
    /// As it stands in the directory.
    pub manifest: Mutex<Manifest>,
}

/// The batch appended last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tail {
    pub batch: u64,
    pub done: bool,
    /// Its segment and where the frame before it ends there; `None` when it is only in a snapshot.
    pub place: Option<(u64, u64)>,
    /// The batch before it.
    pub previous: Option<u64>,
}

/// What a journal starts with.
#[derive(Debug)]
pub(crate) struct Start<F: Filesystem> {
    pub directory: Directory<F>,
    pub manifest: Manifest,
    pub operators: Vec<u32>,
    pub file: F::File,
    pub tail: Option<Tail>,
    pub snapshot_bytes: u64,
    pub compact_at: u64,
}

#[derive(Debug)]
struct Limits {
    compact_at: u64,
    /// Length of the last snapshot.
    snapshot: u64,
    /// Length and number of the closed segments behind it.
    closed: (u64, usize),
    /// Bytes appended in all.
    appended: u64,
    /// With how many bytes appended compaction is tried again when the disk was full.
    retry_at: u64,
}

impl<F: Filesystem> Journal<F> {
    pub(crate) fn start(start: Start<F>) -> Self {
        let entry = start.manifest.segments.last().expect("a segment was just listed");
        Self {
            operators: start.operators,
            file: start.file,
            segment: entry.segment,
            epoch: entry.epoch,
            end: HEADER,
            synced: HEADER,
            tail: start.tail,
            compaction: None,
            limits: Limits {
                compact_at: start.compact_at,
                snapshot: start.snapshot_bytes,
                closed: start.manifest.closed(),
                appended: 0,
                retry_at: 0,
            },
            shared: Arc::new(Shared {
                directory: start.directory,
                manifest: Mutex::new(start.manifest),
            }),
            failed: None,
            buffer: Vec::new(),
        }
    }

    /// Appends a batch: the one behind the last one.
    ///
    /// With `durable` the batch is decided when this returns. After [`CheckpointError::Full`] nothing has happened, and the batch may be
    /// appended later; after another error it is open whether the batch is decided, and the journal fails from then on.
    pub(crate) fn append(
        &mut self,
        batch: u64,
        deltas: &[Delta],
        meta: &[u8],
        durable: bool,
    ) -> Result<(), CheckpointError> {
        self.alive()?;
        let previous = self.tail.map(|tail| tail.batch);
        assert!(
            previous.is_none_or(|previous| previous + 1 == batch),
            "batch {batch} is appended behind batch {previous:?}"
        );
        self.look()?;
        self.maintain()?;
        let place = (self.segment, self.end);
        let deltas: Vec<_> = deltas.iter().map(|delta| self.delta(delta)).collect();
        self.write(Kind::Batch, batch, &deltas, meta)?;
        if durable {
            self.sync()?;
            // A frame in a directory that is gone decides nothing.
            self.look()?;
        }
        self.tail = Some(Tail {
            batch,
            done: false,
            place: Some(place),
            previous,
        });
        Ok(())
    }

    /// Notes that what the last batch decided is carried out. Not waited for: the next batch says the same.
    ///
    /// After [`CheckpointError::Full`] the note is missing, which costs nothing but a second commit after a crash.
    pub(crate) fn done(&mut self, batch: u64) -> Result<(), CheckpointError> {
        self.alive()?;
        let tail = self.tail.filter(|tail| tail.batch == batch);
        let tail = tail.unwrap_or_else(|| panic!("batch {batch} is done but was not appended last"));
        if !tail.done {
            self.write(Kind::Done, batch, &[], &[])?;
            self.tail = Some(Tail { done: true, ..tail });
        }
        Ok(())
    }

    /// The batch appended last, which is not done, did not happen; durable when this returns.
    pub(crate) fn undo(&mut self, batch: u64) -> Result<(), CheckpointError> {
        self.alive()?;
        let tail = self.tail.filter(|tail| tail.batch == batch && !tail.done);
        let tail = tail.unwrap_or_else(|| panic!("batch {batch} is undone but is not the last one, or is done"));
        let (segment, start) = tail.place.expect("a batch that is not done is in the journal");
        if planted::is(Bug::UndoNotDurable) {
            self.end = start;
        } else {
            self.roll(|manifest| manifest.cut(segment, start))?;
        }
        self.tail = tail.previous.map(|batch| Tail {
            batch,
            done: true,
            place: None,
            previous: None,
        });
        Ok(())
    }

    /// Makes everything durable and unlocks the directory.
    ///
    /// A compaction under way is given up, so that who stops a pipeline need not wait for it; unless the journal is so long that it has to be
    /// made: short runs would otherwise let it grow for ever.
    pub(crate) fn close(mut self) -> Result<(), CheckpointError> {
        self.alive()?;
        self.look()?;
        self.sync()?;
        let in_time = self.length() <= 2 * self.limits.long();
        let given_up = |compaction: &mut Compaction| in_time && !compaction.is_finished();
        drop(self.compaction.take_if(given_up));
        self.settle()?;
        let shared = Arc::clone(&self.shared);
        let mut current = shared.lock_manifest();
        let mut manifest = current.clone();
        manifest.close_last(self.end);
        match manifest.write(&shared.directory.fs, &shared.directory.path) {
            Ok(()) => *current = manifest,
            // The length only guards against a file that is cut later.
            Err(full) if full.is_full() => tracing::warn!(%full, "the length of the journal is not noted"),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Fails where the directory was removed or another one took its name: nothing may be written there.
    pub(crate) fn look(&mut self) -> Result<(), CheckpointError> {
        self.alive()?;
        let intact = self.shared.directory.is_intact(&[&segment_name(self.segment)]);
        intact.or_else(|error| self.fail(error))
    }

    /// Waits for the compaction.
    pub(crate) fn settle(&mut self) -> Result<(), CheckpointError> {
        match self.compaction.take() {
            Some(compaction) => self.compacted(compaction),
            None => Ok(()),
        }
    }

    fn alive(&self) -> Result<(), CheckpointError> {
        match &self.failed {
            None => Ok(()),
            Some(why) => Err(CheckpointError::io(
                "append to",
                &self.path(),
                io::Error::other(format!("the journal stopped after an earlier error: {why}")),
            )),
        }
    }

    /// Notes an error after which nothing may be appended.
    fn fail<T>(&mut self, error: CheckpointError) -> Result<T, CheckpointError> {
        if !error.is_full() {
            self.failed = Some(error.to_string());
        }
        Err(error)
    }

    fn path(&self) -> PathBuf {
        self.shared.directory.file(&segment_name(self.segment))
    }

    fn delta<'d>(&self, delta: &'d Delta) -> DeltaOf<'d> {
        DeltaOf {
            operator: self.operators[delta.operator as usize],
            partition: delta.partition,
            changes: &delta.changes,
        }
    }

    /// Appends a frame. When the disk is full the segment is as it was before.
    fn write(&mut self, kind: Kind, batch: u64, deltas: &[DeltaOf<'_>], meta: &[u8]) -> Result<(), CheckpointError> {
        let heading = Heading {
            kind,
            epoch: self.epoch,
            batch,
            synced: self.synced,
        };
        let seal = self.shared.directory.seal.segment(self.segment);
        self.buffer.clear();
        let length = frame::write_head(&mut self.buffer, seal, self.end, heading, deltas, meta);
        match write_parts(&self.file, self.end, &mut self.buffer, deltas) {
            Ok(()) => {
                self.end += length;
                self.limits.appended += length;
                Ok(())
            }
            Err(error) => {
                let error = CheckpointError::writing("write", &self.path(), error);
                if error.is_full() {
                    self.take_back()?;
                }
                self.fail(error)
            }
        }
    }

    fn take_back(&mut self) -> Result<(), CheckpointError> {
        if planted::is(Bug::FullLeavesHalfFrame) {
            self.end = self.file.len().unwrap_or(self.end);
            return Ok(());
        }
        match self.file.set_len(self.end) {
            Ok(()) => Ok(()),
            Err(error) => self.fail(CheckpointError::io("cut", &self.path(), error)),
        }
    }

    fn sync(&mut self) -> Result<(), CheckpointError> {
        if self.synced == self.end {
            return Ok(());
        }
        if !planted::is(Bug::SkipSync)
            && let Err(error) = self.file.sync()
        {
            if planted::is(Bug::SyncErrorForgiven) {
                return Err(CheckpointError::Full { file: self.path() });
            }
            return self.fail(CheckpointError::io("sync", &self.path(), error));
        }
        self.synced = self.end;
        Ok(())
    }

    /// Goes on in a new segment, with a changed manifest.
    fn roll(&mut self, edit: impl FnOnce(&mut Manifest)) -> Result<(), CheckpointError> {
        if !planted::is(Bug::RollWithoutSync) {
            self.sync()?;
        }
        let shared = Arc::clone(&self.shared);
        let mut current = shared.lock_manifest();
        let mut manifest = current.clone();
        manifest.close_last(self.end);
        edit(&mut manifest);
        match segment::start(&shared.directory, &mut manifest) {
            Ok(file) => self.file = file,
            Err(error) => {
                drop(current);
                return self.fail(error);
            }
        }
        self.segment = manifest.next_segment - 1;
        self.limits.closed = manifest.closed();
        *current = manifest;
        self.end = HEADER;
        self.synced = HEADER;
        Ok(())
    }

    /// Takes in what the compaction did, and starts it when the journal is long.
    fn maintain(&mut self) -> Result<(), CheckpointError> {
        if let Some(compaction) = self.compaction.take_if(|compaction| compaction.is_finished()) {
            self.compacted(compaction)?;
        }
        let undecided = self.tail.is_some_and(|tail| !tail.done) && !planted::is(Bug::CompactionOfUndecided);
        if self.compaction.is_some() || !self.is_long() || undecided {
            return Ok(());
        }
        if self.end > HEADER
            && let Err(error) = self.roll(|_| {})
        {
            if error.is_full() {
                self.later(&error);
                return Ok(());
            }
            return Err(error);
        }
        self.compaction = Some(Compaction::start(Arc::clone(&self.shared)).or_else(|error| self.fail(error))?);
        Ok(())
    }

    fn is_long(&self) -> bool {
        let (_, segments) = self.limits.closed;
        let long = self.length() > self.limits.long();
        (long || segments > MOST_SEGMENTS) && self.limits.appended >= self.limits.retry_at
    }

    fn length(&self) -> u64 {
        let (bytes, _) = self.limits.closed;
        bytes + (self.end - HEADER)
    }

    fn compacted(&mut self, compaction: Compaction) -> Result<(), CheckpointError> {
        match compaction.finish() {
            Ok(bytes) => self.limits.snapshot = bytes.unwrap_or(self.limits.snapshot),
            Err(error) if error.is_full() => self.later(&error),
            Err(error) => return self.fail(error),
        }
        self.limits.closed = self.shared.lock_manifest().closed();
        Ok(())
    }

    fn later(&mut self, error: &CheckpointError) {
        tracing::warn!(%error, "the journal is not compacted now; it grows until there is space");
        self.limits.retry_at = self.limits.appended + self.limits.compact_at / 4;
    }
}

impl Limits {
    /// The journal is compacted when it is longer than this.
    fn long(&self) -> u64 {
        self.compact_at.max(self.snapshot)
    }
}

impl<F: Filesystem> Shared<F> {
    /// A thread that panicked did not leave it half changed: it is replaced as a whole.
    pub(crate) fn lock_manifest(&self) -> std::sync::MutexGuard<'_, Manifest> {
        self.manifest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes what is in the buffer and the deltas behind it; long ones are not copied.
fn write_parts(file: &impl DataFile, start: u64, buffer: &mut Vec<u8>, deltas: &[DeltaOf<'_>]) -> io::Result<()> {
    let mut at = start;
    for delta in deltas {
        if delta.changes.len() < DIRECT {
            buffer.extend_from_slice(delta.changes);
            continue;
        }
        file.write_all_at(buffer, at)?;
        at += buffer.len() as u64;
        buffer.clear();
        file.write_all_at(delta.changes, at)?;
        at += delta.changes.len() as u64;
    }
    if buffer.is_empty() {
        return Ok(());
    }
    file.write_all_at(buffer, at)
}
