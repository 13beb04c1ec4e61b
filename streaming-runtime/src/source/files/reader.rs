//! Reads one file, and notices when it is no longer the one that was read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::os::{Look, read_at};
use super::position::{Mark, TAIL};
use crate::source::cutter::Cutter;
use crate::source::{Block, Framing};

/// Read at a time from the start of a file that is not read from there: what it is, and its header.
const START: u64 = 4 << 10;

/// A buffer above this size is not kept for a file that has nothing to be read.
const SMALL: usize = 64 << 10;

/// How far a file was read, and what it must hold for that to be true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) offset: u64,
    pub(super) head: Mark,
    pub(super) tail: Mark,
    /// The record before the offset was counted without the end of its line.
    pub(super) unended: bool,
}

#[derive(Debug)]
pub(super) struct Reader {
    file: File,
    place: Arc<str>,
    cutter: Cutter,
    room: usize,
    /// Offset of the next byte to read.
    at: u64,
    head: Mark,
    /// The bytes just before `at`.
    recent: Vec<u8>,
    /// The bytes just before the cutter's offset.
    tail: Vec<u8>,
    unended: bool,
    /// What was read last is of a file that is no longer there.
    replaced: bool,
    /// When something was last read, by the pipeline's clock.
    pub(super) used: Duration,
}

/// What a step of reading gives.
#[derive(Debug)]
pub(super) enum Step {
    Block(Block),
    /// All is read up to where it was to be read.
    End,
    /// The file is no longer the one that was read.
    Replaced,
}

impl Reader {
    /// Goes to where reading stands; nothing when the file is no longer the one that was read.
    pub(super) fn new(
        file: File,
        place: &Path,
        (framing, rows, room): (Framing, usize, usize),
        from: Progress,
    ) -> io::Result<Option<Self>> {
        if from.head.read(&file, 0)?.is_none() {
            return Ok(None);
        }
        let Some(tail) = from.tail.read(&file, from.offset - u64::from(from.tail.bytes))? else {
            return Ok(None);
        };
        let place: Arc<str> = place.to_string_lossy().into();
        let mut reader = Self {
            file,
            cutter: Cutter::new(framing, Arc::clone(&place)).chunk_rows(rows),
            place,
            room,
            at: 0,
            head: from.head,
            recent: Vec::new(),
            tail: Vec::new(),
            unended: from.unended,
            replaced: false,
            used: Duration::ZERO,
        };
        reader.file.seek(SeekFrom::Start(0))?;
        if from.offset > 0 {
            while reader.cutter.awaits_header() && reader.read(reader.at + START)? > 0 {
                reader.cut()?;
            }
            reader.tail = tail;
            reader.jump(from.offset)?;
        }
        Ok(Some(reader))
    }

    /// Goes to an offset, the bytes before which are `tail`.
    fn jump(&mut self, offset: u64) -> io::Result<()> {
        self.cutter.jump(offset);
        self.recent.clone_from(&self.tail);
        self.at = offset;
        self.file.seek(SeekFrom::Start(offset)).map(|_| ())
    }

    pub(super) fn look(&self) -> io::Result<Look> {
        Look::of(Path::new(&*self.place), &self.file)
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            offset: self.cutter.offset(),
            head: self.head,
            tail: Mark::of(&self.tail),
            unended: self.unended,
        }
    }

    pub(super) fn rename(&mut self, path: &Path) {
        self.place = path.to_string_lossy().into();
        self.cutter.rename(Arc::clone(&self.place));
    }

    pub(super) fn into_file(self) -> File {
        self.file
    }

    /// Offset of the next byte to read.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Bytes of a record whose end is not there yet.
    pub(super) fn unfinished(&self) -> u64 {
        self.at - self.cutter.offset()
    }

    /// Whether the bytes that were read are still there.
    pub(super) fn is_same(&self) -> io::Result<bool> {
        self.is_same_before(self.at)
    }

    fn is_same_before(&self, at: u64) -> io::Result<bool> {
        let recent = at - self.recent.len() as u64;
        Ok(self.head.read(&self.file, 0)?.is_some() && self.holds(recent, &self.recent)?)
    }

    fn holds(&self, offset: u64, bytes: &[u8]) -> io::Result<bool> {
        let mut there = vec![0; bytes.len()];
        let read = read_at(&self.file, &mut there, offset)?;
        Ok(there[..read] == *bytes)
    }

    /// The next block of what stands before `to`.
    pub(super) fn step(&mut self, to: u64) -> io::Result<Step> {
        if self.unended && !self.continues()? {
            return Ok(Step::End);
        }
        loop {
            if let Some(block) = self.cut()? {
                return Ok(Step::Block(block));
            }
            if self.replaced {
                return Ok(Step::Replaced);
            }
            let (before, start) = (self.cutter.space(0).len(), self.at);
            let read = self.read(to)?;
            if !self.is_same_before(start)? {
                let bytes = self.cutter.space(0)[before..].to_vec();
                // The bytes may have been read before the file was replaced; then nothing else holds them.
                if self.holds(start, &bytes)? {
                    self.cutter.space(0).truncate(before);
                    return Ok(Step::Replaced);
                }
                self.replaced = true;
            } else if read == 0 {
                return Ok(Step::End);
            }
            self.accept(before);
        }
    }

    /// Reads to the cutter's buffer.
    fn read(&mut self, to: u64) -> io::Result<usize> {
        let left = usize::try_from(to.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let room = left.min(self.room);
        // Through `take` the bytes go to the buffer's spare room, which need not be zeroed first.
        let read = (&mut self.file)
            .take(room as u64)
            .read_to_end(self.cutter.space(room))?;
        self.at += read as u64;
        Ok(read)
    }

    /// Counts the bytes behind the first `before` of the buffer as read.
    fn accept(&mut self, before: usize) {
        let bytes = &self.cutter.space(0)[before..];
        self.head = self.head.grown(self.at - bytes.len() as u64, bytes);
        keep_last(&mut self.recent, bytes);
    }

    fn cut(&mut self) -> io::Result<Option<Block>> {
        let before = self.cutter.offset();
        let block = self.cutter.cut();
        self.moved(before, block.as_ref())?;
        Ok(block)
    }

    /// The last record, which has no line end.
    pub(super) fn finish(&mut self) -> io::Result<Option<Block>> {
        let before = self.cutter.offset();
        let block = self.cutter.finish();
        self.moved(before, block.as_ref())?;
        self.unended = self.unfinished() == 0 && self.tail.last().is_some_and(|byte| *byte != b'\n');
        Ok(block)
    }

    /// Keeps the bytes before the offset, which has moved.
    fn moved(&mut self, before: u64, block: Option<&Block>) -> io::Result<()> {
        let offset = self.cutter.offset();
        match block {
            Some(block) if block.offset == before && block.offset + block.bytes.len() as u64 == offset => {
                keep_last(&mut self.tail, &block.bytes);
            }
            // Something was passed over that is in no block.
            _ if offset != before => {
                let count = usize::try_from(offset).unwrap_or(TAIL).min(TAIL);
                self.tail.resize(count, 0);
                let read = read_at(&self.file, &mut self.tail, offset - count as u64)?;
                self.tail.truncate(read);
            }
            _ => {}
        }
        Ok(())
    }

    /// The last record was counted without the end of its line: passes over that end. False while it is not known what follows.
    fn continues(&mut self) -> io::Result<bool> {
        let offset = self.cutter.offset();
        let mut next = [0; 2];
        let read = read_at(&self.file, &mut next, offset)?;
        let end = match &next[..read] {
            [] | [b'\r'] => return Ok(false),
            [b'\n', ..] => 1,
            [b'\r', b'\n'] => 2,
            _ => 0,
        };
        if end == 0 {
            let path = &*self.place;
            tracing::warn!(
                path,
                offset,
                "`{path}` goes on at byte {offset} in a line that was counted without its end: the rest of that line is a record of its own"
            );
        }
        keep_last(&mut self.tail, &next[..end]);
        self.head = self.head.grown(offset, &next[..end]);
        self.unended = false;
        self.jump(offset + end as u64)?;
        Ok(true)
    }

    /// The offset after the next line feed at or after where reading stands, where there is one.
    pub(super) fn next_line(&self) -> io::Result<Option<u64>> {
        let (mut offset, mut bytes) = (self.at, vec![0; 4096]);
        loop {
            let read = read_at(&self.file, &mut bytes, offset)?;
            if let Some(found) = memchr::memchr(b'\n', &bytes[..read]) {
                return Ok(Some(offset + found as u64 + 1));
            }
            if read < bytes.len() {
                return Ok(None);
            }
            offset += read as u64;
        }
    }

    /// Gives back what is not needed while nothing is to be read.
    pub(super) fn rest(&mut self) {
        if self.room.max(SMALL) > SMALL {
            self.cutter.shrink();
        }
    }
}

/// Appends bytes and keeps the last ones.
fn keep_last(kept: &mut Vec<u8>, bytes: &[u8]) {
    let bytes = &bytes[bytes.len().saturating_sub(TAIL)..];
    kept.extend_from_slice(bytes);
    kept.drain(..kept.len().saturating_sub(TAIL));
}
