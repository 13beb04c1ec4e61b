use std::borrow::Cow;
use std::sync::Arc;

use super::cutter::Cutter;
use super::framing::{Scan, trim_line_end};
use super::{Framing, Meta, Payloads};
use crate::testing::{At, Rows};

/// The chunk of every byte source: one buffer of whole records, lent to the decoder record by record, never copied.
///
/// A record's payload is its bytes without the line end (`\n` or `\r\n`). The last record of a partition may have none.
#[derive(Debug, Clone)]
pub struct Block {
    pub(crate) place: Arc<str>,
    /// Offset of the first byte in its partition.
    pub(crate) offset: u64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) framing: Framing,
    pub(crate) header: Option<Arc<[u8]>>,
}

/// Where a record stood: the place it was read from and its offset there.
///
/// The offset counts bytes for byte sources (`files`, `stdin`, `socket`) and records for typed ones (`memory`, `channel`, `rate`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'c> {
    pub(crate) place: &'c str,
    pub(crate) offset: u64,
}

impl Meta for Origin<'_> {
    fn place(&self) -> Cow<'_, str> {
        self.place.into()
    }
    fn offset(&self) -> u64 {
        self.offset
    }
}

impl Block {
    /// The block that a test pushes: its rows, each with a line feed. Where rows have a header, the first one pushed is it.
    pub(crate) fn for_test(framing: Framing, rows: Rows, at: &At) -> Result<Self, String> {
        let mut cutter = Cutter::new(framing, at.label.as_str());
        for row in rows.into_payloads()? {
            cutter.space(row.len() + 1).extend_from_slice(&row);
            cutter.space(1).push(b'\n');
        }
        let mut block = Self {
            place: at.label.as_str().into(),
            offset: at.offset,
            bytes: Vec::new(),
            framing,
            header: None,
        };
        // What is left is a row with an open quote.
        for part in [cutter.cut().map_err(|e| e.to_string())?, cutter.finish()]
            .into_iter()
            .flatten()
        {
            block.bytes.extend(part.bytes);
            block.header = part.header;
        }
        Ok(block)
    }

    /// Bytes it holds in memory.
    pub(crate) fn size(&self) -> u64 {
        self.bytes.capacity() as u64
    }

    /// Line ends it holds: its records, but for empty CSV rows, line feeds within quotes and a last line without an end.
    pub(crate) fn rows(&self) -> u64 {
        let ends = memchr::memchr_iter(b'\n', &self.bytes).count();
        ends as u64 + u64::from(self.bytes.last().is_some_and(|byte| *byte != b'\n'))
    }

    /// Offset in the partition of the record number `row`.
    pub(crate) fn offset_of(&self, row: u64) -> u64 {
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        self.payloads().nth(row).map_or(self.offset, |(at, _)| at.offset)
    }
}

impl Payloads for Block {
    type Meta<'c> = Origin<'c>;

    #[inline]
    fn payloads(&self) -> impl Iterator<Item = (Origin<'_>, &[u8])> {
        BlockRecords { block: self, from: 0 }
    }

    fn header(&self) -> Option<&[u8]> {
        self.header.as_deref()
    }
}

struct BlockRecords<'c> {
    block: &'c Block,
    from: usize,
}

impl<'c> Iterator for BlockRecords<'c> {
    type Item = (Origin<'c>, &'c [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let bytes = &self.block.bytes[self.from..];
            if bytes.is_empty() {
                return None;
            }
            let end = Scan::default()
                .next_end(bytes, self.block.framing)
                .unwrap_or(bytes.len());
            let origin = Origin {
                place: &self.block.place,
                offset: self.block.offset + self.from as u64,
            };
            self.from += end;
            let record = trim_line_end(&bytes[..end]);
            if !record.is_empty() || self.block.framing == Framing::Lines {
                return Some((origin, record));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, files, stdin};

    fn at() -> At {
        At {
            arm: 0,
            partition: 0,
            label: "stdin".to_owned(),
            offset: 0,
        }
    }

    #[test]
    fn a_test_pushes_lines() {
        let source = stdin();
        let rows = ["a", "", "b\r"].into();
        let block = source.chunk_for_test(rows, &at()).unwrap();
        let payloads: Vec<&[u8]> = block.payloads().map(|(_, payload)| payload).collect();
        assert_eq!(payloads, [&b"a"[..], b"", b"b"]);
        let none: Vec<String> = Vec::new();
        assert_eq!(source.chunk_for_test(none.into(), &at()).unwrap().payloads().count(), 0);
    }

    #[test]
    fn a_test_pushes_a_header_first() {
        let header = true;
        let delimiter = b',';
        let source = files("*.csv").framed(Framing::Csv { header, delimiter });
        let block = source.chunk_for_test(["a,b", "1,\"x\ny\""].into(), &at()).unwrap();
        assert_eq!(block.header(), Some(&b"a,b"[..]));
        let payloads: Vec<&[u8]> = block.payloads().map(|(_, payload)| payload).collect();
        assert_eq!(payloads, [&b"1,\"x\ny\""[..]]);
    }
}
