//! Segments: the files of the journal.

use super::directory::{self, Directory, segment_name};
use super::error::CheckpointError;
use super::filesystem::{DataFile, Filesystem};
use super::frame::{self, DONE_LENGTH, Frame, Kind, long, word};
use super::manifest::Manifest;
use super::planted::{self, Bug};
use super::seal::Seal;

const MAGIC: [u8; 8] = *b"SPJOURNL";
const FORMAT: u32 = 1;
/// Length of the header of a segment.
pub(crate) const HEADER: u64 = HEADER_BYTES as u64;
const HEADER_BYTES: usize = 52;

/// Which segment, and how much of it counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub number: u64,
    pub epoch: u64,
    /// Its length as the manifest has it; `None` for the last one, which may have a torn tail.
    pub bytes: Option<u64>,
}

/// What is wrong with a segment, and where.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub offset: u64,
    pub reason: String,
}

/// What a segment holds.
#[derive(Debug)]
pub(crate) struct Scan {
    pub frames: Vec<Frame>,
    /// How many of its bytes count.
    pub bytes: u64,
}

/// Makes the next segment, lists it, and puts the manifest into the directory: all durable when this returns.
///
/// When this fails with [`CheckpointError::Full`] the directory counts as it was before.
pub(crate) fn start<F: Filesystem>(
    directory: &Directory<F>,
    manifest: &mut Manifest,
) -> Result<F::File, CheckpointError> {
    let number = manifest.add_segment();
    let path = directory.file(&segment_name(number));
    let file = directory
        .fs
        .create(&path)
        .map_err(|error| CheckpointError::writing("make", &path, error))?;
    let header = header(directory.seal, number, manifest.epoch);
    file.write_all_at(&header, 0)
        .map_err(|error| CheckpointError::writing("write", &path, error))?;
    file.sync().map_err(|error| CheckpointError::io("sync", &path, error))?;
    // The name has to be durable before the manifest mentions it.
    if !planted::is(Bug::SegmentNameNotDurable) {
        directory::sync(&directory.fs, &directory.path)?;
    }
    manifest.write(&directory.fs, &directory.path)?;
    Ok(file)
}

/// The header of a segment.
pub(crate) fn header(seal: Seal, number: u64, epoch: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&seal.id());
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&epoch.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    let checksum = seal.segment(number).of(0, &bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The frames of a segment. `last` is the batch before it, and becomes the last one in it.
pub(crate) fn scan(bytes: &[u8], seal: Seal, bounds: Bounds, last: &mut Option<u64>) -> Result<Scan, Trouble> {
    check_header(bytes, seal, bounds)?;
    let bytes = match bounds.bytes {
        None => bytes,
        Some(counted) => usize::try_from(counted)
            .ok()
            .and_then(|counted| bytes.get(..counted))
            .ok_or_else(|| {
                trouble(
                    bytes.len(),
                    format!("the file ends here but has {counted} bytes that count"),
                )
            })?,
    };
    let mut frames = Vec::new();
    let mut at = HEADER_BYTES;
    while at < bytes.len() {
        match frame::read(bytes, at, seal.segment(bounds.number), bounds.epoch) {
            Ok(frame) => {
                at = end_of(&frame);
                follow(&frame, last)?;
                frames.push(frame);
            }
            Err(reason) => match behind(bytes, at, seal, bounds, *last) {
                Behind::NextBatch(next) => at = next,
                Behind::Nothing if bounds.bytes.is_none() => break,
                Behind::Nothing | Behind::Durable => return Err(trouble(at, reason)),
            },
        }
    }
    let torn = planted::is(Bug::TornTailOffByOne) && at < bytes.len();
    Ok(Scan {
        frames,
        bytes: at as u64 + u64::from(torn),
    })
}

/// Whether a segment holds any frame: whether something was written to it after it was made.
pub(crate) fn holds_frames(bytes: &[u8], seal: Seal, number: u64) -> bool {
    let epoch = bytes.get(36..44).map(|epoch| long(epoch, 0));
    epoch.is_some_and(|epoch| {
        let seal = seal.segment(number);
        (HEADER_BYTES..bytes.len()).any(|at| frame::read(bytes, at, seal, epoch).is_ok())
    })
}

fn check_header(bytes: &[u8], seal: Seal, bounds: Bounds) -> Result<(), Trouble> {
    let header = bytes
        .get(..HEADER_BYTES)
        .ok_or_else(|| trouble(bytes.len(), "the header is cut off"))?;
    if header[..8] != MAGIC {
        return Err(trouble(0, "this is no segment of a journal"));
    }
    if header[12..28] != seal.id() {
        return Err(trouble(12, "the segment is of another checkpoint directory"));
    }
    if long(header, 28) != bounds.number || long(header, 36) != bounds.epoch {
        return Err(trouble(
            28,
            "the segment has another number or epoch than the manifest says",
        ));
    }
    let end = HEADER_BYTES - 4;
    if word(header, 8) != FORMAT || seal.segment(bounds.number).of(0, &header[..end]) != word(header, end) {
        return Err(trouble(0, "the checksum of the header is wrong"));
    }
    Ok(())
}

/// Batches follow each other without a gap, and only the last one can become done.
fn follow(frame: &Frame, last: &mut Option<u64>) -> Result<(), Trouble> {
    let fits = match (frame.kind, *last) {
        (Kind::Batch, Some(before)) => before.checked_add(1) == Some(frame.batch),
        (Kind::Batch, None) => true,
        (Kind::Done, before) => before == Some(frame.batch),
    };
    if !fits {
        let before = last.map_or("no batch".to_string(), |batch| format!("batch {batch}"));
        let reason = format!("batch {} comes behind {before}", frame.batch);
        return Err(trouble_at(frame.place.start, reason));
    }
    *last = Some(frame.batch);
    Ok(())
}

/// What is behind a place where no frame is.
enum Behind {
    /// Nothing that was ever durable: the writing was interrupted here.
    Nothing,
    /// A frame that was written when this place was durable: it is damaged.
    Durable,
    /// The next batch, and just room for the frame that says that the one before is done. That frame is not waited for, so a crash may
    /// have left it out; and the next batch says the same.
    NextBatch(usize),
}

fn behind(bytes: &[u8], hole: usize, seal: Seal, bounds: Bounds, last: Option<u64>) -> Behind {
    let seal = seal.segment(bounds.number);
    let done = hole + DONE_LENGTH;
    if let Some(last) = last
        && done < bytes.len()
        && frame::read(bytes, done, seal, bounds.epoch)
            .is_ok_and(|next| next.kind == Kind::Batch && last.checked_add(1) == Some(next.batch))
    {
        return Behind::NextBatch(done);
    }
    if planted::is(Bug::HoleTakenForEnd) {
        return Behind::Nothing;
    }
    let mut at = hole + 1;
    while at < bytes.len() {
        match frame::read(bytes, at, seal, bounds.epoch) {
            Ok(frame) if frame.synced > hole as u64 => return Behind::Durable,
            Ok(frame) => at = end_of(&frame),
            Err(_) => at += 1,
        }
    }
    Behind::Nothing
}

fn end_of(frame: &Frame) -> usize {
    usize::try_from(frame.place.end).expect("the frame was read from memory")
}

fn trouble(offset: usize, reason: impl Into<String>) -> Trouble {
    trouble_at(offset as u64, reason)
}

fn trouble_at(offset: u64, reason: impl Into<String>) -> Trouble {
    Trouble {
        offset,
        reason: reason.into(),
    }
}
