//! How a record becomes bytes of a file: in the loop of the stage, on the worker threads.

use std::fmt::Debug;
use std::sync::{Arc, OnceLock};

use serde::Serialize;

use super::super::{Encode, SinkError};

/// A format of files.
pub trait Format: Default + Debug + Send + 'static {
    /// How the names of its files end.
    const EXTENSION: &'static str;
    /// What the records of one chunk become.
    type Staged: Default + Send + 'static;
    /// What encodes records.
    type Encoder: Send + Sync + 'static;
    /// The encoder.
    fn encoder(&self) -> Self::Encoder;
    /// What each file begins with.
    fn header(&self) -> Vec<u8>;
    /// What was staged, as bytes of a file.
    fn bytes(staged: Self::Staged) -> Vec<u8>;
    /// What was staged, as one text per record.
    fn rows(staged: &Self::Staged) -> Vec<Vec<u8>>;
}

/// One JSON value a line.
#[derive(Debug, Clone, Copy, Default)]
pub struct Jsonl;

/// Encodes a record as one line of JSON.
#[derive(Debug, Clone, Copy)]
pub struct JsonLine;

#[diagnostic::do_not_recommend]
impl<T: Serialize> Encode<T, Vec<u8>> for JsonLine {
    #[inline]
    fn encode(&self, record: T, staged: &mut Vec<u8>) -> Result<(), SinkError> {
        serde_json::to_writer(&mut *staged, &record)
            .map_err(|e| SinkError(format!("cannot write a record as JSON: {e}")))?;
        staged.push(b'\n');
        Ok(())
    }
}

impl Format for Jsonl {
    const EXTENSION: &'static str = "jsonl";
    type Staged = Vec<u8>;
    type Encoder = JsonLine;
    fn encoder(&self) -> JsonLine {
        JsonLine
    }
    fn header(&self) -> Vec<u8> {
        Vec::new()
    }
    fn bytes(staged: Vec<u8>) -> Vec<u8> {
        staged
    }
    fn rows(staged: &Vec<u8>) -> Vec<Vec<u8>> {
        // A line feed within a JSON text is always escaped.
        let lines = staged.split_inclusive(|byte| *byte == b'\n');
        lines.map(|line| line[..line.len() - 1].to_vec()).collect()
    }
}

/// CSV with a header row.
#[derive(Debug, Default)]
pub struct Csv {
    header: Arc<OnceLock<Vec<u8>>>,
}

/// Encodes a record as one CSV row.
#[derive(Debug)]
pub struct CsvRow {
    /// The row of names, known from the first record.
    header: Arc<OnceLock<Vec<u8>>>,
}

/// The CSV rows of one chunk.
#[derive(Debug)]
pub struct CsvRows {
    writer: csv::Writer<Vec<u8>>,
    /// Where each row ends.
    ends: Vec<usize>,
}

impl Default for CsvRows {
    fn default() -> Self {
        Self {
            writer: csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new()),
            ends: Vec::new(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Encode<T, CsvRows> for CsvRow {
    #[inline]
    fn encode(&self, record: T, staged: &mut CsvRows) -> Result<(), SinkError> {
        if self.header.get().is_none() {
            let header = header_of(&record)?;
            self.header.get_or_init(|| header);
        }
        staged.writer.serialize(&record).map_err(|e| unfit(&e))?;
        // Only so are the bytes to be seen in what the writer wraps; it is a copy within memory.
        staged.writer.flush().map_err(|e| unfit(&e.into()))?;
        staged.ends.push(staged.writer.get_ref().len());
        Ok(())
    }
}

/// The names of a record's fields as a row; nothing where the fields have no names.
#[cold]
fn header_of(record: &impl Serialize) -> Result<Vec<u8>, SinkError> {
    let written = |has_headers| {
        let mut writer = csv::WriterBuilder::new()
            .has_headers(has_headers)
            .from_writer(Vec::new());
        writer.serialize(record).map_err(|e| unfit(&e))?;
        writer.into_inner().map_err(|e| unfit(&e.into_error().into()))
    };
    let (mut with, without) = (written(true)?, written(false)?);
    with.truncate(with.len() - without.len());
    Ok(with)
}

fn unfit(error: &csv::Error) -> SinkError {
    let what = match error.kind() {
        csv::ErrorKind::Serialize(what) => what.clone(),
        _ => error.to_string(),
    };
    // The crate goes on to ask for a report to its authors.
    let what = what.split(", if you have").next().unwrap_or_default();
    SinkError(format!(
        "cannot write a record as CSV: {what}: map it to a struct of numbers and text, or use `.jsonl()`"
    ))
}

impl Format for Csv {
    const EXTENSION: &'static str = "csv";
    type Staged = CsvRows;
    type Encoder = CsvRow;
    fn encoder(&self) -> CsvRow {
        CsvRow {
            header: Arc::clone(&self.header),
        }
    }
    fn header(&self) -> Vec<u8> {
        self.header.get().cloned().unwrap_or_default()
    }
    fn bytes(staged: CsvRows) -> Vec<u8> {
        // Everything was flushed, and writing into memory does not fail.
        staged.writer.into_inner().unwrap_or_default()
    }
    fn rows(staged: &CsvRows) -> Vec<Vec<u8>> {
        let (bytes, mut from) = (staged.writer.get_ref(), 0);
        let row = |end: &usize| bytes[std::mem::replace(&mut from, *end)..*end - 1].to_vec();
        staged.ends.iter().map(row).collect()
    }
}
