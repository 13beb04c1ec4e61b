//! Checksums that hold in one place only.
//!
//! Each starts from the identity of the directory, the file and the position in it, so that bytes which were right somewhere else
//! (another directory, an earlier file, a block that moved) are wrong here.

use crc32c::crc32c_append;

use super::planted::{self, Bug};

/// Makes the checksums of one directory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seal {
    id: [u8; 16],
}

/// A file of a directory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SealOf {
    seed: u32,
}

impl Seal {
    pub(crate) fn new(id: [u8; 16]) -> Self {
        Self { id }
    }

    pub(crate) fn id(&self) -> [u8; 16] {
        self.id
    }

    /// The checksums of a segment of the journal.
    pub(crate) fn segment(&self, number: u64) -> SealOf {
        self.file(b'J', number)
    }

    /// The checksums of a snapshot.
    pub(crate) fn snapshot(&self, batch: u64, generation: u64) -> SealOf {
        self.file(b'S', batch ^ generation.rotate_right(16))
    }

    fn file(self, kind: u8, number: u64) -> SealOf {
        let seed = crc32c_append(0, &self.id);
        let seed = crc32c_append(seed, &[kind]);
        SealOf {
            seed: crc32c_append(seed, &number.to_le_bytes()),
        }
    }
}

impl SealOf {
    /// What the checksum of bytes that start at `position` starts from; to be continued with `crc32c_append`.
    pub(crate) fn at(self, position: u64) -> u32 {
        if planted::is(Bug::ChecksumWithoutPosition) {
            return self.seed;
        }
        crc32c_append(self.seed, &position.to_le_bytes())
    }

    /// The checksum of bytes that start at `position`.
    pub(crate) fn of(self, position: u64, bytes: &[u8]) -> u32 {
        crc32c_append(self.at(position), bytes)
    }
}
