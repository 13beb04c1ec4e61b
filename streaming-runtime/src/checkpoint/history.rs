//! A snapshot and the segments behind it, read and checked: from which state and changes can be loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::changes::{Change, Reader};
use super::directory::{Directory, segment_name};
use super::error::CheckpointError;
use super::filesystem::{DataFile, Filesystem};
use super::frame::{DeltaAt, Kind};
use super::manifest::{SegmentEntry, SnapshotEntry};
use super::segment;
use super::snapshot::{Section, Snapshot};

/// Everything up to some batch.
#[derive(Debug)]
pub(crate) struct History<F: Filesystem> {
    pub base: Option<Snapshot<F>>,
    pub segments: Vec<Read<F>>,
    deltas: BTreeMap<(u32, u32), Vec<DeltaIn>>,
    /// The last batch.
    pub last: Option<Found>,
    /// The one before it.
    pub previous: Option<Found>,
}

/// A segment that was read.
#[derive(Debug)]
pub(crate) struct Read<F: Filesystem> {
    pub number: u64,
    /// How many of its bytes count.
    pub bytes: u64,
    /// How many of those were known to be durable when the last of its frames was written.
    pub synced: u64,
    pub file: F::File,
}

/// A batch in a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub batch: u64,
    pub meta: Vec<u8>,
    pub done: bool,
    /// The segment it is in and where the frame before it ends; `None` when it is the last one of the snapshot.
    pub place: Option<(u64, u64)>,
}

#[derive(Debug)]
struct DeltaIn {
    /// Index in `segments`.
    segment: usize,
    batch: u64,
    delta: DeltaAt,
}

impl<F: Filesystem> History<F> {
    /// Reads the snapshot, and of `segments` those behind it.
    pub(crate) fn read(
        directory: &Directory<F>,
        generation: u64,
        base: Option<SnapshotEntry>,
        segments: &[SegmentEntry],
    ) -> Result<Self, CheckpointError> {
        let snapshot = base
            .map(|entry| Snapshot::open(directory, entry.batch, generation))
            .transpose()?;
        let mut history = Self {
            last: snapshot.as_ref().map(|snapshot| Found {
                batch: snapshot.batch,
                meta: snapshot.meta.clone(),
                done: true,
                place: None,
            }),
            base: snapshot,
            segments: Vec::new(),
            deltas: BTreeMap::new(),
            previous: None,
        };
        let through = base.map_or(0, |entry| entry.through_segment);
        for entry in segments.iter().filter(|entry| entry.segment > through) {
            history.read_segment(directory, *entry)?;
        }
        Ok(history)
    }

    /// The keys of all state: operator and key partition.
    pub(crate) fn keys(&self) -> BTreeSet<(u32, u32)> {
        let sections = self.base.iter().flat_map(|snapshot| &snapshot.sections);
        sections
            .map(|section| (section.operator, section.partition))
            .chain(self.deltas.keys().copied())
            .collect()
    }

    /// The changes of an operator in a key partition, oldest first, up to a batch: lists of them.
    pub(crate) fn lists<'h>(
        &'h self,
        directory: &'h Directory<F>,
        (operator, partition): (u32, u32),
        through: u64,
    ) -> Lists<'h, F> {
        let base = self.base.as_ref();
        Lists {
            directory,
            segments: &self.segments,
            section: base.and_then(|base| Some((base, base.section(operator, partition)?))),
            deltas: self.deltas.get(&(operator, partition)).map_or(&[], |deltas| &**deltas),
            through,
        }
    }

    fn read_segment(&mut self, directory: &Directory<F>, entry: SegmentEntry) -> Result<(), CheckpointError> {
        let name = segment_name(entry.segment);
        let path = directory.file(&name);
        let file = directory.open(&name)?;
        let length = file.len().map_err(|error| CheckpointError::io("read", &path, error))?;
        // What is behind the end of a closed segment does not matter, and need not be read.
        let length = entry.bytes.map_or(length, |bytes| bytes.min(length));
        let bytes = file
            .read_vec(0, length)
            .map_err(|error| CheckpointError::io("read", &path, error))?;
        let mut last = self.last.as_ref().map(|last| last.batch);
        let scan = segment::scan(&bytes, directory.seal, entry.bounds(), &mut last)
            .map_err(|trouble| CheckpointError::damaged(&path, trouble.offset, trouble.reason))?;
        let index = self.segments.len();
        let synced = scan.frames.last().map_or(segment::HEADER, |frame| frame.synced);
        let mut end = segment::HEADER;
        for frame in scan.frames {
            let before = std::mem::replace(&mut end, frame.place.end);
            match (frame.kind, &mut self.last) {
                (Kind::Done, Some(last)) => last.done = true,
                (Kind::Done, None) => {}
                (Kind::Batch, _) => {
                    let found = Found {
                        batch: frame.batch,
                        meta: bytes[frame.meta].to_vec(),
                        done: false,
                        place: Some((entry.segment, before)),
                    };
                    self.previous = self.last.replace(found);
                }
            }
            for delta in frame.deltas {
                self.deltas
                    .entry((delta.operator, delta.partition))
                    .or_default()
                    .push(DeltaIn {
                        segment: index,
                        batch: frame.batch,
                        delta,
                    });
            }
        }
        self.segments.push(Read {
            number: entry.segment,
            bytes: scan.bytes,
            synced,
            file,
        });
        Ok(())
    }
}

/// The lists of changes of an operator in a key partition; each is read when it is asked for.
#[derive(Debug)]
pub(crate) struct Lists<'h, F: Filesystem> {
    directory: &'h Directory<F>,
    segments: &'h [Read<F>],
    section: Option<(&'h Snapshot<F>, &'h Section)>,
    deltas: &'h [DeltaIn],
    through: u64,
}

impl<'h, F: Filesystem> Lists<'h, F> {
    /// The next list, and where it comes from.
    pub(crate) fn next(&mut self) -> Result<Option<List<'h, F>>, CheckpointError> {
        if let Some((base, section)) = self.section.take() {
            let origin = Origin::Snapshot(base, Snapshot::<F>::position(section));
            return Ok(Some((base.read(section)?, origin)));
        }
        let Some((DeltaIn { segment, batch, delta }, rest)) = self.deltas.split_first() else {
            return Ok(None);
        };
        if *batch > self.through {
            return Ok(None);
        }
        self.deltas = rest;
        let (read, directory) = (&self.segments[*segment], self.directory);
        let origin = Origin::Journal(directory, read.number, delta.at);
        let bytes = read.file.read_vec(delta.at, delta.length);
        let bytes =
            bytes.map_err(|error| CheckpointError::io("read", &directory.file(&segment_name(read.number)), error))?;
        if directory.seal.segment(read.number).of(delta.at, &bytes) != delta.checksum {
            return Err(origin.damaged(0, "the checksum of a delta is wrong"));
        }
        Ok(Some((bytes, origin)))
    }
}

/// A list of changes, and where it comes from.
pub(crate) type List<'h, F> = (Vec<u8>, Origin<'h, F>);

/// Where a list of changes comes from.
#[derive(Debug)]
pub(crate) enum Origin<'h, F: Filesystem> {
    Snapshot(&'h Snapshot<F>, u64),
    Journal(&'h Directory<F>, u64, u64),
}

impl<F: Filesystem> Origin<'_, F> {
    /// What is wrong at an offset in the list.
    pub(crate) fn damaged(&self, offset: usize, reason: &str) -> CheckpointError {
        let offset = offset as u64;
        match self {
            Self::Snapshot(snapshot, at) => snapshot.damaged(at + offset, reason),
            Self::Journal(directory, number, at) => {
                CheckpointError::damaged(&directory.file(&segment_name(*number)), at + offset, reason)
            }
        }
    }

    /// The next change of a list.
    pub(crate) fn change<'b>(&self, reader: &mut Reader<'b>) -> Result<Option<Change<'b>>, CheckpointError> {
        let change = reader.next().transpose();
        change.map_err(|malformed| self.damaged(malformed.offset, "this is no list of changes"))
    }
}

impl<F: Filesystem> fmt::Display for Origin<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Snapshot(snapshot, _) => write!(f, "{}", snapshot.path().display()),
            Self::Journal(directory, number, _) => write!(f, "{}", directory.file(&segment_name(*number)).display()),
        }
    }
}
