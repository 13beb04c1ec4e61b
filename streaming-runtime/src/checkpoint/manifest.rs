//! The manifest: which files of the directory count, and to which pipeline they belong.
//!
//! It changes by being replaced as a whole, so every change of the set of files happens at once. It is JSON, to be read by people too; its
//! first member is the checksum of all its bytes, taken with zeros in the place of the checksum.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::directory::{self, MANIFEST};
use super::error::CheckpointError;
use super::filesystem::{DataFile, Filesystem};
use super::segment::{Bounds, HEADER};
use super::{Identity, StateOf};

const FORMAT: u32 = 2;
const OPENING: &str = "{\n  \"crc32c\": \"";
const NO_CHECKSUM: &str = "00000000";

/// Which files count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    crc32c: String,
    format: u32,
    /// The random id of the directory, 32 hexadecimal digits.
    pub id: String,
    pub pipeline: String,
    pub key_partitions: u32,
    /// How often the checkpoint was opened to be written.
    pub epoch: u64,
    /// How often all state was written anew for a program that had changed.
    pub generation: u64,
    /// The operators with state; their places in this list stand in frames and snapshots.
    pub operators: Vec<StateOf>,
    /// Oldest first; at most two.
    pub snapshots: Vec<SnapshotEntry>,
    /// Whether the segments go back to the first batch.
    pub complete: bool,
    /// Oldest first; only the last may have no `bytes`.
    pub segments: Vec<SegmentEntry>,
    /// The number of the segment that is made next. One with a lower number that is not listed is a leftover.
    pub next_segment: u64,
}

/// A snapshot that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SnapshotEntry {
    /// The last batch in it.
    pub batch: u64,
    /// The last segment of which everything is in it.
    pub through_segment: u64,
}

/// A segment that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SegmentEntry {
    pub segment: u64,
    pub epoch: u64,
    /// How much of it counts; `None` while it is written.
    pub bytes: Option<u64>,
}

impl SegmentEntry {
    pub(crate) fn bounds(self) -> Bounds {
        Bounds {
            number: self.segment,
            epoch: self.epoch,
            bytes: self.bytes,
        }
    }
}

impl Manifest {
    /// The manifest of a directory that holds nothing yet.
    pub(crate) fn new(id: String, identity: &Identity) -> Self {
        Self {
            crc32c: NO_CHECKSUM.into(),
            format: FORMAT,
            id,
            pipeline: identity.pipeline.clone(),
            key_partitions: identity.key_partitions,
            epoch: 0,
            generation: 0,
            operators: identity.operators.iter().map(|operator| operator.of.clone()).collect(),
            snapshots: Vec::new(),
            complete: true,
            segments: Vec::new(),
            next_segment: 1,
        }
    }

    /// Reads a manifest, and checks that its parts fit together.
    pub(crate) fn read(bytes: &[u8], path: &Path) -> Result<Self, CheckpointError> {
        let damaged = |reason: &str| CheckpointError::damaged(path, 0, reason);
        let text = std::str::from_utf8(bytes).map_err(|_| damaged("the manifest is not text"))?;
        let hidden = text.strip_prefix(OPENING).and_then(|rest| {
            let (checksum, rest) = rest.split_at_checked(NO_CHECKSUM.len())?;
            Some((checksum, format!("{OPENING}{NO_CHECKSUM}{rest}")))
        });
        let (checksum, hidden) = hidden.ok_or_else(|| damaged("the manifest does not begin with its checksum"))?;
        if checksum_of(&hidden) != checksum {
            return Err(damaged("the checksum of the manifest is wrong"));
        }
        let format = serde_json::from_str::<Format>(text).map_err(|error| damaged(&error.to_string()))?;
        if format.format != FORMAT {
            return Err(CheckpointError::Mismatch {
                reason: format!(
                    "{} has format {}, and this version reads format {FORMAT}; run the version that wrote it, or start with a new checkpoint \
                     directory",
                    path.display(),
                    format.format
                ),
            });
        }
        let manifest: Self = serde_json::from_str(text).map_err(|error| damaged(&error.to_string()))?;
        if !manifest.fits_together() {
            return Err(damaged("the lists of files contradict each other"));
        }
        Ok(manifest)
    }

    /// Puts the manifest into the directory, durably, in the place of the one before.
    pub(crate) fn write<F: Filesystem>(&self, fs: &F, directory: &Path) -> Result<(), CheckpointError> {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest has no keys that are not text");
        text.push('\n');
        let place = OPENING.len()..OPENING.len() + NO_CHECKSUM.len();
        text.replace_range(place.clone(), NO_CHECKSUM);
        let checksum = checksum_of(&text);
        text.replace_range(place, &checksum);
        directory::replace(fs, directory, MANIFEST, |file, path| {
            file.write_all_at(text.as_bytes(), 0)
                .map_err(|error| CheckpointError::writing("write", path, error))
        })
    }

    /// The last snapshot's last segment; everything behind it is only in the journal.
    pub(crate) fn through_segment(&self) -> u64 {
        self.snapshots.last().map_or(0, |snapshot| snapshot.through_segment)
    }

    /// Lists a new snapshot, and drops what is no longer needed to go back to the one before.
    pub(crate) fn add_snapshot(&mut self, snapshot: SnapshotEntry) {
        self.snapshots.push(snapshot);
        if self.snapshots.len() > 2 {
            self.snapshots.remove(0);
        }
        if self.snapshots.len() == 2 {
            let oldest = self.snapshots[0].through_segment;
            let before = self.segments.len();
            self.segments.retain(|entry| entry.segment > oldest);
            self.complete &= self.segments.len() == before;
        }
    }

    /// All state is in this snapshot, in another form than before.
    pub(crate) fn rebase(&mut self, snapshot: SnapshotEntry) {
        self.generation += 1;
        self.snapshots = vec![snapshot];
        self.segments.clear();
        self.complete = false;
    }

    /// Notes how much of the last segment counts.
    pub(crate) fn close_last(&mut self, bytes: u64) {
        if let Some(last) = self.segments.last_mut() {
            last.bytes = Some(bytes);
        }
    }

    /// Of a segment only what is before `end` counts, and nothing of those behind it.
    pub(crate) fn cut(&mut self, segment: u64, end: u64) {
        self.segments.retain(|entry| entry.segment <= segment);
        self.close_last(end);
    }

    /// Length and number of the closed segments behind the last snapshot.
    pub(crate) fn closed(&self) -> (u64, usize) {
        let behind = self
            .segments
            .iter()
            .filter(|entry| entry.segment > self.through_segment());
        behind
            .filter_map(|entry| entry.bytes)
            .fold((0, 0), |(length, number), bytes| (length + bytes, number + 1))
    }

    /// Lists a segment that is about to be written.
    pub(crate) fn add_segment(&mut self) -> u64 {
        let segment = self.next_segment;
        self.next_segment += 1;
        self.segments.push(SegmentEntry {
            segment,
            epoch: self.epoch,
            bytes: None,
        });
        segment
    }

    fn fits_together(&self) -> bool {
        let ordered = self
            .snapshots
            .is_sorted_by(|a, b| a.batch < b.batch && a.through_segment < b.through_segment)
            && self
                .segments
                .is_sorted_by(|a, b| a.segment < b.segment && a.epoch <= b.epoch && a.bytes.is_some());
        let inside = self.segments.iter().all(|entry| {
            entry.segment < self.next_segment
                && entry.epoch <= self.epoch
                && entry.bytes.is_none_or(|bytes| bytes >= HEADER)
        });
        ordered && inside && self.snapshots.len() <= 2 && self.through_segment() < self.next_segment
    }
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

fn checksum_of(text: &str) -> String {
    format!("{:08x}", crc32c::crc32c(text.as_bytes()))
}
