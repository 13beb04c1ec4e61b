use std::sync::Arc;

use super::framing::{Scan, trim_line_end};
use super::{Block, Framing, SourceError};

/// A record longer than this stops the source: a quote that is never closed, or a file that is not text.
const MAX_RECORD_BYTES: usize = 64 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Gathers the bytes of one partition and cuts them into blocks of whole records.
///
/// Every byte is looked at once, however the bytes arrive. What follows the last whole record is moved to the next buffer.
#[derive(Debug)]
pub(crate) struct Cutter {
    framing: Framing,
    place: Arc<str>,
    max_record_bytes: usize,
    /// A byte order mark may still come.
    at_start: bool,
    /// The first row is still to be found: it names the columns.
    awaits_header: bool,
    header: Option<Arc<[u8]>>,
    /// What was read and not yet handed out; begins with the first byte of a record.
    buffer: Vec<u8>,
    /// Offset of the buffer's first byte in the partition.
    offset: u64,
    scan: Scan,
}

impl Cutter {
    /// A cutter of the bytes from the start of a partition.
    pub(crate) fn new(framing: Framing, place: impl Into<Arc<str>>) -> Self {
        Self {
            framing,
            place: place.into(),
            max_record_bytes: MAX_RECORD_BYTES,
            at_start: true,
            awaits_header: matches!(framing, Framing::Csv { header: true, .. }),
            header: None,
            buffer: Vec::new(),
            offset: 0,
            scan: Scan::default(),
        }
    }

    /// Offset of the first byte that was not handed out.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the row that names the columns was not found yet.
    pub(crate) fn awaits_header(&self) -> bool {
        self.awaits_header
    }

    /// Goes on at `offset`, the start of a record. The header stays.
    pub(crate) fn jump(&mut self, offset: u64) {
        self.buffer.clear();
        self.scan = Scan::default();
        self.offset = offset;
        self.at_start = offset == 0;
    }

    /// Where to append bytes that were read, with room for `room` more.
    pub(crate) fn space(&mut self, room: usize) -> &mut Vec<u8> {
        self.buffer.reserve(room);
        &mut self.buffer
    }

    /// All whole records that were gathered, or nothing when there is none.
    pub(crate) fn cut(&mut self) -> Result<Option<Block>, SourceError> {
        let end = self
            .find_start()
            .then(|| self.scan.last_end(&self.buffer, self.framing))
            .flatten();
        if self.buffer.len() - end.unwrap_or(0) > self.max_record_bytes {
            return Err(self.too_long(end.unwrap_or(0)));
        }
        Ok(end.map(|end| self.split(end)))
    }

    /// The last record, where it has no line end: no more bytes will come.
    pub(crate) fn finish(&mut self) -> Option<Block> {
        self.skip_byte_order_mark();
        if std::mem::take(&mut self.awaits_header) {
            self.take_header(self.buffer.len());
        }
        self.scan = Scan::from(self.buffer.len());
        let end = self.buffer.len();
        (end > 0).then(|| self.split(end))
    }

    /// Takes away what comes before the first record; false while that is not complete.
    fn find_start(&mut self) -> bool {
        if self.at_start && self.buffer.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(&self.buffer) {
            return false;
        }
        self.skip_byte_order_mark();
        while self.awaits_header {
            let Some(row) = self.scan.next_end(&self.buffer, self.framing) else {
                return false;
            };
            self.take_header(row);
            // An empty row is no record, so it is no header either.
            self.awaits_header = self.header.is_none();
        }
        true
    }

    fn skip_byte_order_mark(&mut self) {
        if std::mem::take(&mut self.at_start) && self.buffer.starts_with(BYTE_ORDER_MARK) {
            self.drop_front(BYTE_ORDER_MARK.len());
        }
    }

    fn take_header(&mut self, row: usize) {
        let header = trim_line_end(&self.buffer[..row]);
        self.header = (!header.is_empty()).then(|| header.into());
        self.drop_front(row);
    }

    fn drop_front(&mut self, count: usize) {
        self.buffer.drain(..count);
        self.offset += count as u64;
        self.scan = Scan::default();
    }

    /// Hands out the first `end` bytes.
    fn split(&mut self, end: usize) -> Block {
        // A mostly empty buffer is kept: a slow peer must not cost a whole buffer for every line.
        let bytes = if end < self.buffer.capacity() / 4 {
            let bytes = self.buffer[..end].to_vec();
            self.buffer.drain(..end);
            bytes
        } else {
            let rest = self.buffer[end..].to_vec();
            let mut bytes = std::mem::replace(&mut self.buffer, rest);
            bytes.truncate(end);
            bytes
        };
        let offset = self.offset;
        self.offset += end as u64;
        self.scan = self.scan.without(end);
        Block {
            place: Arc::clone(&self.place),
            offset,
            bytes,
            framing: self.framing,
            header: self.header.clone(),
        }
    }

    fn too_long(&self, from: usize) -> SourceError {
        let limit = self.max_record_bytes;
        let limit = if limit.is_multiple_of(1 << 20) {
            format!("{} MiB", limit >> 20)
        } else {
            format!("{limit} bytes")
        };
        let cause = match self.framing {
            Framing::Lines => "is the input not text in lines?",
            Framing::Csv { .. } => "is a quote not closed?",
        };
        SourceError(format!(
            "the record at byte {} of `{}` is longer than {limit}: {cause}",
            self.offset + from as u64,
            self.place
        ))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::{Meta, Payloads};

    const CSV: Framing = Framing::Csv {
        header: true,
        delimiter: b',',
    };

    type Seen = (Vec<(u64, Vec<u8>)>, Option<Vec<u8>>);

    /// What the decoder sees when the input arrives in pieces cut at `cuts`: offset and payload of every record, and the header.
    fn records(framing: Framing, input: &[u8], cuts: &[usize]) -> Seen {
        let mut cutter = Cutter::new(framing, "test");
        let (mut blocks, mut from) = (Vec::new(), 0);
        for to in cuts.iter().copied().chain([input.len()]) {
            cutter.space(to - from).extend_from_slice(&input[from..to]);
            blocks.extend(cutter.cut().unwrap());
            from = to;
        }
        blocks.extend(cutter.finish());
        let header = blocks.last().and_then(|block| block.header().map(<[u8]>::to_vec));
        let records = blocks
            .iter()
            .flat_map(|block| block.payloads().map(|(at, payload)| (at.offset(), payload.to_vec())))
            .collect();
        (records, header)
    }

    #[test]
    fn records_and_their_offsets() {
        let (lines, header) = records(Framing::Lines, b"one\r\n\nthree", &[]);
        assert_eq!(lines, [(0, b"one".to_vec()), (5, vec![]), (6, b"three".to_vec())]);
        assert_eq!(header, None);
    }

    #[test]
    fn the_header_is_no_record_and_empty_rows_are_none() {
        let (rows, header) = records(CSV, b"\xef\xbb\xbf\n\"a\",b\n\n\"x\ny\",1\r\n\r\n2,3", &[]);
        assert_eq!(rows, [(11, b"\"x\ny\",1".to_vec()), (22, b"2,3".to_vec())]);
        assert_eq!(header, Some(b"\"a\",b".to_vec()));
    }

    #[test]
    fn nothing_and_a_header_alone_hold_no_record() {
        assert_eq!(records(Framing::Lines, b"", &[]).0, []);
        assert_eq!(records(CSV, b"a,b", &[]).0, []);
        assert_eq!(records(Framing::Lines, BYTE_ORDER_MARK, &[]).0, []);
    }

    #[test]
    fn a_record_over_the_limit_says_where() {
        let mut cutter = Cutter::new(Framing::Lines, "big.txt");
        cutter.max_record_bytes = 8;
        cutter.space(0).extend_from_slice(b"short\n12345678");
        assert!(cutter.cut().unwrap().is_some());
        cutter.space(0).push(b'9');
        assert_eq!(
            cutter.cut().unwrap_err().to_string(),
            "the record at byte 6 of `big.txt` is longer than 8 bytes: is the input not text in lines?"
        );
    }

    #[test]
    fn the_header_stays_after_a_jump() {
        let mut cutter = Cutter::new(CSV, "x.csv");
        cutter.space(0).extend_from_slice(b"a,b\n1,2\n");
        assert!(cutter.cut().unwrap().is_some());
        cutter.jump(100);
        cutter.space(0).extend_from_slice(b"3,4\n");
        let block = cutter.cut().unwrap().unwrap();
        assert_eq!((block.offset, block.header()), (100, Some(&b"a,b"[..])));
        assert_eq!((block.rows(), block.offset_of(0)), (1, 100));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_records(
            input in proptest::collection::vec(prop::sample::select(b"a,\"\n\r\xef\xbb\xbf".to_vec()), 0..60),
            cuts in proptest::collection::vec(0usize..60, 0..8),
            framing in prop::sample::select(vec![Framing::Lines, CSV, Framing::Csv { header: false, delimiter: b',' }]),
        ) {
            let whole = records(framing, &input, &[]);
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut <= input.len()).collect();
            cuts.sort_unstable();
            let everywhere: Vec<usize> = (0..=input.len()).collect();
            let in_pieces = records(framing, &input, &cuts);
            prop_assert_eq!(&in_pieces.0, &whole.0);
            prop_assert_eq!(&records(framing, &input, &everywhere).0, &whole.0);
        }
    }
}
