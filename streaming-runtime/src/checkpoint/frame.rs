//! Frames: what a segment of the journal consists of behind its header.
//!
//! A frame is a head (what it is, a table of its deltas, the metadata) with a checksum, and then the deltas one behind the other, each
//! with its checksum in the table. So everything is read once to be checked, and a delta can be loaded and checked by itself.

use std::ops::Range;

use crc32c::crc32c_append;

use super::seal::SealOf;

/// Length of the part of the head that every frame has.
const FIXED: usize = 48;
/// Length of an entry of the table of deltas.
const ENTRY: usize = 20;
/// Length of the checksum of the head.
const CHECKSUM: usize = 4;
/// Length of a frame that says that a batch is done.
pub(crate) const DONE_LENGTH: usize = FIXED + CHECKSUM;

/// What a frame says about its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It is decided; the frame holds its changes and its metadata.
    Batch,
    /// What it decided is carried out.
    Done,
}

/// A delta within a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeltaAt {
    /// Index in the manifest's operators.
    pub operator: u32,
    pub partition: u32,
    /// Position in the segment.
    pub at: u64,
    pub length: u64,
    pub checksum: u32,
}

/// A frame that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub kind: Kind,
    pub epoch: u64,
    pub batch: u64,
    /// How much of the segment was durable when the frame was written.
    pub synced: u64,
    pub deltas: Vec<DeltaAt>,
    /// Position of the metadata in the segment.
    pub meta: Range<usize>,
    /// Position of the frame in the segment.
    pub place: Range<u64>,
}

/// A delta to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeltaOf<'d> {
    pub operator: u32,
    pub partition: u32,
    pub changes: &'d [u8],
}

/// What is at the head of a frame to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heading {
    pub kind: Kind,
    pub epoch: u64,
    pub batch: u64,
    pub synced: u64,
}

/// Appends the head of a frame that will stand at `position` to `into`; the deltas follow it in the file. Returns the length of the frame.
pub(crate) fn write_head(
    into: &mut Vec<u8>,
    seal: SealOf,
    position: u64,
    heading: Heading,
    deltas: &[DeltaOf<'_>],
    meta: &[u8],
) -> u64 {
    let start = into.len();
    let head = (FIXED + ENTRY * deltas.len() + meta.len() + CHECKSUM) as u64;
    let length = head + deltas.iter().map(|delta| delta.changes.len() as u64).sum::<u64>();
    let count = u32::try_from(deltas.len()).expect("fewer deltas than 2^32: operators and key partitions are few");
    into.extend_from_slice(&length.to_le_bytes());
    into.extend_from_slice(&[heading.kind.code(), 0, 0, 0]);
    into.extend_from_slice(&count.to_le_bytes());
    into.extend_from_slice(&heading.epoch.to_le_bytes());
    into.extend_from_slice(&heading.batch.to_le_bytes());
    into.extend_from_slice(&heading.synced.to_le_bytes());
    into.extend_from_slice(&(meta.len() as u64).to_le_bytes());
    let mut at = position + head;
    for delta in deltas {
        into.extend_from_slice(&delta.operator.to_le_bytes());
        into.extend_from_slice(&delta.partition.to_le_bytes());
        into.extend_from_slice(&(delta.changes.len() as u64).to_le_bytes());
        into.extend_from_slice(&seal.of(at, delta.changes).to_le_bytes());
        at += delta.changes.len() as u64;
    }
    into.extend_from_slice(meta);
    let checksum = seal.of(position, &into[start..]);
    into.extend_from_slice(&checksum.to_le_bytes());
    length
}

/// The frame at `position` of a segment of which `bytes` are all that counts; or what is wrong with it.
pub(crate) fn read(bytes: &[u8], position: usize, seal: SealOf, epoch: u64) -> Result<Frame, &'static str> {
    let rest = &bytes[position..];
    let fixed = rest.get(..FIXED).ok_or("a frame is cut off")?;
    let kind = match fixed[8..12] {
        [1, 0, 0, 0] => Kind::Batch,
        [2, 0, 0, 0] => Kind::Done,
        _ => return Err("no frame starts here"),
    };
    if long(fixed, 16) != epoch {
        return Err("the frame is of another epoch than its segment");
    }
    let too_long = "the frame is longer than the file";
    let whole = usize::try_from(long(fixed, 0))
        .ok()
        .and_then(|length| rest.get(..length))
        .ok_or(too_long)?;
    let meta_length = usize::try_from(long(fixed, 40)).map_err(|_| too_long)?;
    let table_end = usize::try_from(word(fixed, 12))
        .ok()
        .and_then(|count| count.checked_mul(ENTRY)?.checked_add(FIXED))
        .ok_or(too_long)?;
    let meta_end = table_end.checked_add(meta_length).ok_or(too_long)?;
    let head_end = meta_end.checked_add(CHECKSUM).ok_or(too_long)?;
    let head = whole.get(..head_end).ok_or(too_long)?;
    let start = position as u64;
    if crc32c_append(seal.at(start), &head[..meta_end]) != word(head, meta_end) {
        return Err("the checksum of the frame is wrong");
    }
    let mut deltas = Vec::with_capacity((table_end - FIXED) / ENTRY);
    let mut at = head_end;
    for entry in head[FIXED..table_end].chunks_exact(ENTRY) {
        let delta = DeltaAt {
            operator: word(entry, 0),
            partition: word(entry, 4),
            at: (position + at) as u64,
            length: long(entry, 8),
            checksum: word(entry, 16),
        };
        let end = usize::try_from(delta.length)
            .ok()
            .and_then(|length| at.checked_add(length));
        let end = end.filter(|end| *end <= whole.len()).ok_or(too_long)?;
        if seal.of(delta.at, &whole[at..end]) != delta.checksum {
            return Err("the checksum of a delta is wrong");
        }
        at = end;
        deltas.push(delta);
    }
    if at != whole.len() {
        return Err("the frame is longer than its parts");
    }
    Ok(Frame {
        kind,
        epoch,
        batch: long(fixed, 24),
        synced: long(fixed, 32),
        deltas,
        meta: position + table_end..position + meta_end,
        place: start..start + whole.len() as u64,
    })
}

impl Kind {
    fn code(self) -> u8 {
        match self {
            Self::Batch => 1,
            Self::Done => 2,
        }
    }
}

/// The little-endian number at `at`, which is inside.
pub(crate) fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// The little-endian number at `at`, which is inside.
pub(crate) fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
