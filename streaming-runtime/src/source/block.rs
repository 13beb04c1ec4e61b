use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::cutter::Cutter;
use super::fault::Fault;
use super::{Framing, Meta, Payloads};
use crate::bench::{At, Rows};

/// The chunk of every byte source: one buffer of whole records, lent to the decoder record by record, never copied.
///
/// A record's payload is its bytes without the line end (`\n` or `\r\n`). The last record of a partition may have none.
#[derive(Debug, Clone)]
pub struct Block {
    pub(crate) place: Arc<str>,
    /// Offset of the first byte in its partition.
    pub(crate) offset: u64,
    pub(crate) bytes: Vec<u8>,
    /// The records, in order.
    pub(crate) spans: Vec<Span>,
    /// The records that could not be handed out as they are, by number, in order.
    pub(crate) faults: Vec<(usize, Fault)>,
    pub(crate) header: Option<Arc<[u8]>>,
}

/// A record among the bytes of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    from: u32,
    to: u32,
}

impl Span {
    /// Blocks and records are far smaller than 4 GiB.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a record has 1 GiB at most")]
    pub(crate) fn new(from: usize, to: usize) -> Self {
        Self {
            from: from as u32,
            to: to as u32,
        }
    }

    #[inline]
    pub(crate) fn range(self) -> Range<usize> {
        self.from as usize..self.to as usize
    }

    pub(crate) fn len(self) -> usize {
        self.range().len()
    }

    /// Its first bytes.
    pub(crate) fn first(self, count: usize) -> Self {
        let Range { start, end } = self.range();
        Self::new(start, end.min(start + count))
    }

    /// The same bytes after `count` bytes before them were taken away.
    #[inline]
    pub(crate) fn without(self, count: usize) -> Self {
        let Range { start, end } = self.range();
        Self::new(start - count, end - count)
    }

    /// The same bytes behind `count` other ones.
    fn behind(self, count: usize) -> Self {
        let Range { start, end } = self.range();
        Self::new(start + count, end + count)
    }
}

/// Where a record stood: the place it was read from and its offset there.
///
/// The offset counts bytes for byte sources (`files`, `stdin`, `socket`) and records for typed ones (`memory`, `channel`, `rate`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'c> {
    pub(crate) place: &'c str,
    pub(crate) offset: u64,
    pub(crate) fault: Option<&'c Fault>,
}

impl Meta for Origin<'_> {
    fn place(&self) -> Cow<'_, str> {
        self.place.into()
    }
    fn offset(&self) -> u64 {
        self.offset
    }
    #[inline]
    fn fault(&self) -> Option<&Fault> {
        self.fault
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
            spans: Vec::new(),
            faults: Vec::new(),
            header: None,
        };
        while let Some(part) = cutter.finish() {
            block.append(part);
        }
        Ok(block)
    }

    fn append(&mut self, part: Self) {
        let (bytes, rows) = (self.bytes.len(), self.spans.len());
        self.bytes.extend(part.bytes);
        self.spans.extend(part.spans.into_iter().map(|span| span.behind(bytes)));
        self.faults
            .extend(part.faults.into_iter().map(|(row, fault)| (row + rows, fault)));
        self.header = part.header;
    }

    /// Bytes it holds in memory.
    pub(crate) fn size(&self) -> u64 {
        (self.bytes.capacity() + self.spans.capacity() * size_of::<Span>()) as u64
    }

    /// How many records it holds.
    pub(crate) fn rows(&self) -> u64 {
        self.spans.len() as u64
    }

    /// Offset in the partition of the record number `row`.
    pub(crate) fn offset_of(&self, row: u64) -> u64 {
        let span = usize::try_from(row).ok().and_then(|row| self.spans.get(row));
        self.offset + span.map_or(0, |span| u64::from(span.from))
    }
}

impl Payloads for Block {
    type Meta<'c> = Origin<'c>;

    #[inline]
    fn payloads(&self) -> impl Iterator<Item = (Origin<'_>, &[u8])> {
        let mut faults = self.faults.iter().peekable();
        self.spans.iter().enumerate().map(move |(row, span)| {
            let fault = faults.next_if(|(faulty, _)| *faulty == row).map(|(_, fault)| fault);
            let origin = Origin {
                place: &self.place,
                offset: self.offset + u64::from(span.from),
                fault,
            };
            (origin, &self.bytes[span.range()])
        })
    }

    fn header(&self) -> Option<&[u8]> {
        self.header.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::CsvOptions;
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
        let source = files("*.csv").framed(Framing::csv(CsvOptions::default()));
        let block = source.chunk_for_test(["a,b", "1,\"x\ny\""].into(), &at()).unwrap();
        assert_eq!(block.header(), Some(&b"a,b"[..]));
        let payloads: Vec<&[u8]> = block.payloads().map(|(_, payload)| payload).collect();
        assert_eq!(payloads, [&b"1,\"x\ny\""[..]]);
    }
}
