//! Snapshots: the whole state as of one batch, a section for each operator and key partition.
//!
//! A header, the sections, the metadata of the batch, an index of the sections, and a trailer that says where the index is. Nothing lies
//! between them, and each has its checksum, so that no byte can change unseen.

use std::path::{Path, PathBuf};

use crc32c::crc32c_append;
use rayon::prelude::*;

use super::directory::{Directory, snapshot_name};
use super::error::CheckpointError;
use super::filesystem::{DataFile, Filesystem};
use super::frame::{long, word};
use super::seal::{Seal, SealOf};

const MAGIC: [u8; 8] = *b"SPSNAPSH";
const FORMAT: u32 = 1;
const HEADER: u64 = 40;
const ENTRY: usize = 28;
const TRAILER: u64 = 20;
const SECTION: &str = "the checksum of a section is wrong";
/// What is read at once where nothing is kept.
const PIECE: usize = 256 << 10;
const MISSING: &str = "the snapshot is cut off";

/// An open snapshot of which header, metadata and index are right.
#[derive(Debug)]
pub(crate) struct Snapshot<F: Filesystem> {
    file: F::File,
    path: PathBuf,
    seal: SealOf,
    pub batch: u64,
    pub meta: Vec<u8>,
    pub sections: Vec<Section>,
    /// Length of the file.
    pub bytes: u64,
}

/// Where the state of one operator in one key partition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Section {
    /// Index in the manifest's operators.
    pub operator: u32,
    pub partition: u32,
    at: u64,
    length: u64,
    checksum: u32,
}

impl Section {
    /// Length in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }
}

impl<F: Filesystem> Snapshot<F> {
    /// Opens the snapshot of a batch.
    pub(crate) fn open(directory: &Directory<F>, batch: u64, generation: u64) -> Result<Self, CheckpointError> {
        let name = snapshot_name(batch, generation);
        let file = directory.open(&name)?;
        let path = directory.file(&name);
        let bytes = file.len().map_err(|error| CheckpointError::io("read", &path, error))?;
        let mut snapshot = Self {
            file,
            path,
            seal: directory.seal.snapshot(batch, generation),
            batch,
            meta: Vec::new(),
            sections: Vec::new(),
            bytes,
        };
        snapshot.check_header(directory.seal)?;
        snapshot.read_index()?;
        Ok(snapshot)
    }

    /// The changes that make up a section.
    pub(crate) fn read(&self, section: &Section) -> Result<Vec<u8>, CheckpointError> {
        self.checked(section.at, section.length, section.checksum, SECTION)
    }

    /// Reads every section once, in pieces that stay in the cache.
    pub(crate) fn check(&self) -> Result<(), CheckpointError> {
        let piece = || vec![0; PIECE];
        self.sections
            .par_iter()
            .try_for_each_init(piece, |piece, section| self.check_section(section, piece))
    }

    fn check_section(&self, section: &Section, piece: &mut [u8]) -> Result<(), CheckpointError> {
        let (mut at, end) = (section.at, section.at + section.length);
        let mut checksum = self.seal.at(at);
        while at < end {
            let length = usize::try_from(end - at).map_or(piece.len(), |left| left.min(piece.len()));
            let piece = &mut piece[..length];
            self.file
                .read_exact_at(piece, at)
                .map_err(|error| CheckpointError::io("read", &self.path, error))?;
            checksum = crc32c_append(checksum, piece);
            at += length as u64;
        }
        if checksum == section.checksum {
            Ok(())
        } else {
            Err(self.damaged(section.at, SECTION))
        }
    }

    /// The section of an operator in a key partition.
    pub(crate) fn section(&self, operator: u32, partition: u32) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| section.operator == operator && section.partition == partition)
    }

    /// What is wrong at a place of the file.
    pub(crate) fn damaged(&self, offset: u64, reason: impl Into<String>) -> CheckpointError {
        CheckpointError::damaged(&self.path, offset, reason)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where a section starts in the file.
    pub(crate) fn position(section: &Section) -> u64 {
        section.at
    }

    fn check_header(&self, seal: Seal) -> Result<(), CheckpointError> {
        let header = self.piece(0, HEADER)?;
        if header[..8] != MAGIC {
            return Err(self.damaged(0, "this is no snapshot"));
        }
        if header[12..28] != seal.id() {
            return Err(self.damaged(12, "the snapshot is of another checkpoint directory"));
        }
        if long(&header, 28) != self.batch {
            return Err(self.damaged(28, format!("this is the snapshot of batch {}", long(&header, 28))));
        }
        if word(&header, 8) != FORMAT || word(&header, 36) != self.seal.of(0, &header[..36]) {
            return Err(self.damaged(0, "the checksum of the header is wrong"));
        }
        Ok(())
    }

    fn read_index(&mut self) -> Result<(), CheckpointError> {
        let trailer_at = self
            .bytes
            .checked_sub(TRAILER)
            .ok_or_else(|| self.damaged(self.bytes, MISSING))?;
        let trailer = self.checked_piece(trailer_at, TRAILER, "the checksum of the trailer is wrong")?;
        let (index_at, length) = (long(&trailer, 0), long(&trailer, 8));
        if index_at.checked_add(length) != Some(trailer_at) || length < 20 {
            return Err(self.damaged(trailer_at, "the index is not where the trailer says"));
        }
        let index = self.checked_piece(index_at, length, "the checksum of the index is wrong")?;
        let (meta_length, meta_checksum) = (long(&index, 4), word(&index, 12));
        let table = &index[16..index.len() - 4];
        let mut at = HEADER;
        for entry in table.chunks_exact(ENTRY) {
            let section = Section {
                operator: word(entry, 0),
                partition: word(entry, 4),
                at: long(entry, 8),
                length: long(entry, 16),
                checksum: word(entry, 24),
            };
            if section.at != at {
                return Err(self.damaged(index_at, "the sections do not follow each other"));
            }
            at = at.saturating_add(section.length);
            self.sections.push(section);
        }
        if self.sections.len() * ENTRY != table.len()
            || self.sections.len() as u64 != u64::from(word(&index, 0))
            || at.checked_add(meta_length) != Some(index_at)
        {
            return Err(self.damaged(index_at, "the index does not describe the file"));
        }
        self.meta = self.checked(at, meta_length, meta_checksum, "the checksum of the metadata is wrong")?;
        Ok(())
    }

    /// Bytes with a known checksum.
    fn checked(&self, at: u64, length: u64, checksum: u32, otherwise: &str) -> Result<Vec<u8>, CheckpointError> {
        let bytes = self.piece(at, length)?;
        if self.seal.of(at, &bytes) == checksum {
            Ok(bytes)
        } else {
            Err(self.damaged(at, otherwise))
        }
    }

    /// Bytes that end in their checksum.
    fn checked_piece(&self, at: u64, length: u64, otherwise: &str) -> Result<Vec<u8>, CheckpointError> {
        let bytes = self.piece(at, length)?;
        let end = bytes.len() - 4;
        if self.seal.of(at, &bytes[..end]) == word(&bytes, end) {
            Ok(bytes)
        } else {
            Err(self.damaged(at, otherwise))
        }
    }

    fn piece(&self, at: u64, length: u64) -> Result<Vec<u8>, CheckpointError> {
        if at.checked_add(length).is_none_or(|end| end > self.bytes) {
            return Err(self.damaged(self.bytes, MISSING));
        }
        self.file
            .read_vec(at, length)
            .map_err(|error| CheckpointError::io("read", &self.path, error))
    }
}

/// Writes a snapshot into an empty file.
#[derive(Debug)]
pub(crate) struct SnapshotWriter<'f, F: Filesystem> {
    file: &'f F::File,
    seal: SealOf,
    at: u64,
    index: Vec<u8>,
    sections: u32,
}

impl<'f, F: Filesystem> SnapshotWriter<'f, F> {
    pub(crate) fn new(file: &'f F::File, seal: Seal, of: SealOf, batch: u64) -> std::io::Result<Self> {
        let mut header = Vec::new();
        header.extend_from_slice(&MAGIC);
        header.extend_from_slice(&FORMAT.to_le_bytes());
        header.extend_from_slice(&seal.id());
        header.extend_from_slice(&batch.to_le_bytes());
        let checksum = of.of(0, &header);
        header.extend_from_slice(&checksum.to_le_bytes());
        file.write_all_at(&header, 0)?;
        Ok(Self {
            file,
            seal: of,
            at: HEADER,
            index: Vec::new(),
            sections: 0,
        })
    }

    /// Writes the state of an operator in a key partition.
    pub(crate) fn section(&mut self, operator: u32, partition: u32, changes: &[u8]) -> std::io::Result<()> {
        self.index.extend_from_slice(&operator.to_le_bytes());
        self.index.extend_from_slice(&partition.to_le_bytes());
        self.index.extend_from_slice(&self.at.to_le_bytes());
        self.index.extend_from_slice(&(changes.len() as u64).to_le_bytes());
        self.index
            .extend_from_slice(&self.seal.of(self.at, changes).to_le_bytes());
        self.sections += 1;
        self.write(changes)
    }

    /// Writes what comes behind the sections. Returns the length of the file.
    pub(crate) fn finish(mut self, meta: &[u8]) -> std::io::Result<u64> {
        let checksum = self.seal.of(self.at, meta);
        self.write(meta)?;
        let at = self.at;
        let mut index = Vec::with_capacity(self.index.len() + 20);
        index.extend_from_slice(&self.sections.to_le_bytes());
        index.extend_from_slice(&(meta.len() as u64).to_le_bytes());
        index.extend_from_slice(&checksum.to_le_bytes());
        index.append(&mut self.index);
        self.seal_and_write(index)?;
        let mut trailer = Vec::new();
        trailer.extend_from_slice(&at.to_le_bytes());
        trailer.extend_from_slice(&(self.at - at).to_le_bytes());
        self.seal_and_write(trailer)?;
        Ok(self.at)
    }

    fn seal_and_write(&mut self, mut bytes: Vec<u8>) -> std::io::Result<()> {
        let checksum = self.seal.of(self.at, &bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        self.write(&bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.file.write_all_at(bytes, self.at)?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}
