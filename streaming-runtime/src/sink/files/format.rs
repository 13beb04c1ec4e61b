//! How a record becomes bytes of a file: in the loop of the stage, on the worker threads.

use std::fmt::{Debug, Display};
use std::sync::{Arc, OnceLock};

use serde::Serialize;

use super::super::json::{NonFinite, write_json};
use super::super::{Encode, SinkError};
use super::flat::{Names, Row, flatten};

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
pub struct Jsonl {
    pub(super) non_finite: NonFinite,
}

/// Encodes a record as one line of JSON.
#[derive(Debug, Clone, Copy)]
pub struct JsonLine {
    non_finite: NonFinite,
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Encode<T, Vec<u8>> for JsonLine {
    #[inline]
    fn encode(&self, record: T, staged: &mut Vec<u8>) -> Result<(), SinkError> {
        let before = staged.len();
        if let Err(error) = write_json(&record, staged, self.non_finite) {
            staged.truncate(before);
            return Err(SinkError::new(format!("cannot write a record as JSON: {error}")));
        }
        staged.push(b'\n');
        Ok(())
    }
}

impl Format for Jsonl {
    const EXTENSION: &'static str = "jsonl";
    type Staged = Vec<u8>;
    type Encoder = JsonLine;
    fn encoder(&self) -> JsonLine {
        let non_finite = self.non_finite;
        JsonLine { non_finite }
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
    /// Names of the elements of a tuple.
    pub(super) columns: Arc<[String]>,
    header: Arc<OnceLock<Header>>,
}

/// Encodes a record as one CSV row.
#[derive(Debug)]
pub struct CsvRow {
    columns: Arc<[String]>,
    /// Known from the first record.
    header: Arc<OnceLock<Header>>,
}

/// What is known of the columns.
#[derive(Debug)]
struct Header {
    /// The row of their names; nothing where they have none.
    row: Vec<u8>,
    count: usize,
}

/// The CSV rows of one chunk.
#[derive(Debug, Default)]
pub struct CsvRows {
    bytes: Vec<u8>,
    /// Where each row ends.
    ends: Vec<usize>,
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Encode<T, CsvRows> for CsvRow {
    #[inline]
    fn encode(&self, record: T, staged: &mut CsvRows) -> Result<(), SinkError> {
        let header = if let Some(header) = self.header.get() {
            header
        } else {
            let header = header_of(&record, &self.columns)?;
            self.header.get_or_init(|| header)
        };
        let mut row = Row::behind(std::mem::take(&mut staged.bytes));
        let written = flatten(&record, &self.columns, &mut row);
        if written.is_err() || row.columns != header.count {
            let columns = row.columns;
            staged.bytes = row.cut_off();
            written.map_err(|e| unfit(&e))?;
            return Err(unfit(&format_args!(
                "the record has {columns} columns, and the first one has {}",
                header.count
            )));
        }
        staged.bytes = row.end();
        staged.ends.push(staged.bytes.len());
        Ok(())
    }
}

#[cold]
fn header_of(record: &impl Serialize, columns: &[String]) -> Result<Header, SinkError> {
    let mut names = Names::default();
    flatten(record, columns, &mut names).map_err(|e| unfit(&e))?;
    let count = names.row.columns;
    let row = if names.unnamed { Vec::new() } else { names.row.end() };
    Ok(Header { row, count })
}

#[cold]
fn unfit(what: &impl Display) -> SinkError {
    SinkError::new(format!(
        "cannot write a record as CSV: {what}: map it to a struct of numbers and text, or use `.jsonl()`"
    ))
}

impl Format for Csv {
    const EXTENSION: &'static str = "csv";
    type Staged = CsvRows;
    type Encoder = CsvRow;
    fn encoder(&self) -> CsvRow {
        CsvRow {
            columns: Arc::clone(&self.columns),
            header: Arc::clone(&self.header),
        }
    }
    fn header(&self) -> Vec<u8> {
        self.header.get().map(|header| header.row.clone()).unwrap_or_default()
    }
    fn bytes(staged: CsvRows) -> Vec<u8> {
        staged.bytes
    }
    fn rows(staged: &CsvRows) -> Vec<Vec<u8>> {
        let (bytes, mut from) = (&staged.bytes, 0);
        let row = |end: &usize| bytes[std::mem::replace(&mut from, *end)..*end - 1].to_vec();
        staged.ends.iter().map(row).collect()
    }
}
