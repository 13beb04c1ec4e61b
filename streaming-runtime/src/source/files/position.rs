//! How far a file was read, and how it is known again.

use std::fs::File;
use std::io;

use serde::{Deserialize, Serialize};

use super::os::{FileId, read_at};

/// How many of a file's first bytes tell it from others.
pub(super) const HEAD: usize = 1024;
/// How many of the bytes before the offset are compared.
pub(super) const TAIL: usize = 256;

/// How far one file was read.
///
/// A file is known again by its device and inode, by when it was created (where the file system says so), and by its content: its first bytes, and those
/// just before the offset, must still be the ones that were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePosition {
    /// The name under which it was last seen.
    pub path: String,
    /// The device that it is on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// When it was created, epoch nanoseconds, where the file system says so.
    pub born: Option<i64>,
    /// Its bytes before this one were read.
    pub offset: u64,
    /// The first bytes, 1 KiB at most.
    pub head: Mark,
    /// The bytes just before the offset, 256 at most.
    pub tail: Mark,
    /// How long it was when it was last looked at.
    pub length: u64,
    /// When it was last written then, epoch nanoseconds.
    pub modified: i64,
    /// It may have been written again within the same tick of the clock, so that an equal time says nothing.
    pub unsettled: bool,
    /// The record before the offset was counted without the end of its line.
    pub unended: bool,
    /// Since when it has been gone, epoch milliseconds.
    pub gone: Option<i64>,
    /// Nothing more is to be read of it: the position is forgotten.
    pub finished: bool,
}

impl FilePosition {
    pub(super) fn id(&self) -> FileId {
        FileId {
            device: self.device,
            inode: self.inode,
        }
    }
}

/// A checksum of some bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mark {
    /// How many bytes.
    pub bytes: u32,
    /// Their CRC-32C.
    pub crc: u32,
}

impl Mark {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self::default().with(bytes)
    }

    /// The mark of these bytes and of those that follow them.
    pub(super) fn with(self, more: &[u8]) -> Self {
        Self {
            bytes: self.bytes + u32::try_from(more.len()).unwrap_or(u32::MAX),
            crc: crc32c::crc32c_append(self.crc, more),
        }
    }

    /// The mark of the first bytes, after bytes were read at an offset.
    pub(super) fn grown(self, offset: u64, bytes: &[u8]) -> Self {
        let have = self.bytes as usize;
        let Some(skip) = u64::from(self.bytes)
            .checked_sub(offset)
            .and_then(|skip| usize::try_from(skip).ok())
        else {
            return self;
        };
        let take = HEAD.saturating_sub(have);
        match bytes.get(skip..) {
            Some(more) => self.with(&more[..more.len().min(take)]),
            None => self,
        }
    }

    /// The bytes at an offset, where they are still those of the mark.
    pub(super) fn read(self, file: &File, offset: u64) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = vec![0; self.bytes as usize];
        let read = read_at(file, &mut bytes, offset)?;
        Ok((read == bytes.len() && Self::of(&bytes) == self).then_some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_the_first_bytes_grows_with_the_file() {
        let bytes: Vec<u8> = (0..4000u32).map(|n| n.to_le_bytes()[0]).collect();
        for cuts in [vec![4000], vec![3, 10, 1024, 4000], vec![1000, 2000, 4000]] {
            let (mut mark, mut from) = (Mark::default(), 0);
            for to in cuts {
                mark = mark.grown(from as u64, &bytes[from..to]);
                // The same bytes, read again from their middle on, change nothing.
                mark = mark.grown((from / 2) as u64, &bytes[from / 2..to]);
                from = to;
            }
            assert_eq!(mark, Mark::of(&bytes[..HEAD]));
        }
        assert_eq!(Mark::of(b"ab").grown(5, b"x"), Mark::of(b"ab"));
    }
}
