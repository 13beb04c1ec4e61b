//! Reads one file, on a thread that may block.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use super::listing::Job;
use crate::source::cutter::Cutter;
use crate::source::{Block, Framing, SourceError};

/// Read at a time from the start of a file that is gone on with: what it is, and its header.
const START_BYTES: usize = 4 << 10;

#[derive(Debug)]
pub(super) struct Reader {
    job: Job,
    file: File,
    cutter: Cutter,
    /// Offset of the next byte to read.
    at: u64,
    room: usize,
}

impl Reader {
    /// Opens the file where its job begins; nothing when it has vanished.
    pub(super) fn open(job: Job, framing: Framing, rows: usize, room: usize) -> Result<Option<Self>, SourceError> {
        let file = match File::open(&job.path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(unreadable(&job, &e)),
        };
        let cutter = Cutter::new(framing, job.path.to_string_lossy()).chunk_rows(rows);
        let mut reader = Self {
            job,
            file,
            cutter,
            at: 0,
            room,
        };
        reader.seek()?;
        Ok(Some(reader))
    }

    /// Goes to where the job begins, by way of the header.
    fn seek(&mut self) -> Result<(), SourceError> {
        let from = self.job.from;
        if from == 0 {
            return Ok(());
        }
        while self.cutter.awaits_header() && self.read(START_BYTES)? > 0 {
            self.cutter.cut();
        }
        self.cutter.jump(from);
        self.at = from;
        self.file
            .seek(SeekFrom::Start(from))
            .map_err(|e| unreadable(&self.job, &e))?;
        Ok(())
    }

    /// The next block, or nothing at the end.
    pub(super) fn block(&mut self) -> Result<Option<Block>, SourceError> {
        loop {
            if let Some(block) = self.cutter.cut() {
                return Ok(Some(block));
            }
            if self.read(self.room)? == 0 {
                break;
            }
        }
        Ok(if self.job.complete { self.cutter.finish() } else { None })
    }

    fn read(&mut self, room: usize) -> Result<usize, SourceError> {
        let left = self.job.to.map_or(u64::MAX, |to| to.saturating_sub(self.at));
        let room = usize::try_from(left).unwrap_or(usize::MAX).min(room);
        // Through `take` the bytes go to the buffer's spare room, which need not be zeroed first.
        let read = (&mut self.file).take(room as u64).read_to_end(self.cutter.space(room));
        let read = read.map_err(|e| unreadable(&self.job, &e))?;
        self.at += read as u64;
        Ok(read)
    }

    /// Everything before was handed out.
    pub(super) fn offset(&self) -> u64 {
        self.cutter.offset()
    }

    /// The file's length, as far as it was read.
    pub(super) fn len(&self) -> u64 {
        self.at
    }

    pub(super) fn path(&self) -> &PathBuf {
        &self.job.path
    }
}

fn unreadable(job: &Job, error: &io::Error) -> SourceError {
    let help = match error.kind() {
        io::ErrorKind::PermissionDenied => ": let this user read it, or exclude it from the pattern",
        _ => "",
    };
    SourceError(format!("cannot read `{}`: {error}{help}", job.path.display()))
}
