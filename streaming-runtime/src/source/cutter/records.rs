//! The records of what was gathered, one after the other.

use memchr::memchr;

use crate::source::Framing;
use crate::source::block::Span;
use crate::source::framing::{Cut, Scan, trim_line_end};

/// Where the search for records stands in the buffer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Records {
    /// The first byte that was not handed out.
    pub(super) front: usize,
    /// The search for the end of the next record.
    scan: Scan,
    /// There was a line feed in the partition.
    has_line_feeds: bool,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Record(Span),
    /// A record with more bytes than the limit.
    TooLong(Span),
    /// The last record, and the only one: its lines end with a carriage return.
    CarriageReturns(Span),
    /// More bytes than the limit, and no end among them.
    Longer,
    /// No record without more bytes.
    Nothing,
}

impl Records {
    /// The records behind an offset. Those before it had line feeds.
    pub(super) fn behind(offset: u64) -> Self {
        Self {
            has_line_feeds: offset > 0,
            ..Self::default()
        }
    }

    /// Where the record that comes next begins.
    pub(super) fn next_start(&self) -> usize {
        self.scan.start
    }

    /// Everything before `to` is taken away, or done with.
    pub(super) fn begin_at(&mut self, to: usize) {
        self.front = to;
        // A search that stands there already continues.
        if self.scan.start != to {
            self.scan = Scan::of(to);
        }
    }

    /// The records from here on are searched for again.
    pub(super) fn again(&mut self, start: usize) {
        self.scan = Scan::of(start);
    }

    /// So many bytes were taken out of the buffer, the front ones.
    pub(super) fn taken(&mut self, count: usize) {
        self.front = 0;
        self.scan = self.scan.without(count);
    }

    /// Says how many bytes before the front are to be taken out of the buffer now.
    pub(super) fn rebase(&mut self) -> usize {
        let count = self.front;
        self.taken(count);
        count
    }

    /// The next record, or what comes in place of it. Lines that hold no record are passed over.
    #[inline]
    pub(super) fn next(&mut self, bytes: &[u8], framing: Framing, ended: bool) -> Found {
        loop {
            if !self.scan.pass_mark(bytes) && !ended {
                return Found::Nothing;
            }
            let start = self.scan.start;
            let (end, next) = match self.scan.end(bytes, framing.cut) {
                Some(end) => {
                    self.has_line_feeds = true;
                    (end, end + 1)
                }
                None if self.is_longer(bytes, framing) && !self.scan.spans_lines(bytes) => return Found::Longer,
                None if self.is_longer(bytes, framing)
                    || (ended && self.scan.is_quoted() && self.scan.spans_lines(bytes)) =>
                {
                    // A quote was not closed: that is told of its line, and the lines after it are rows of their own.
                    self.scan.end_with_line();
                    continue;
                }
                None if ended && start < bytes.len() => (bytes.len(), bytes.len()),
                None => return Found::Nothing,
            };
            let record = trim_line_end(&bytes[start..end]);
            let is_long = record.len() > framing.max_record as usize;
            if is_long && memchr(b'\n', record).is_some() {
                self.scan.end_with_line();
                continue;
            }
            self.scan = Scan::of(next);
            if is_comment(record, framing.cut) || (!is_long && is_blank(record, framing.cut)) {
                continue;
            }
            let span = Span::new(start, start + record.len());
            let only = ended && next == bytes.len() && !self.has_line_feeds;
            return if is_long {
                Found::TooLong(span)
            } else if only && !matches!(framing.cut, Cut::Csv(_)) && super::has_carriage_returns(record) {
                Found::CarriageReturns(span)
            } else {
                Found::Record(span)
            };
        }
    }

    /// More bytes than a record may have, whatever comes: the last of them may be the carriage return of its line end.
    fn is_longer(&self, bytes: &[u8], framing: Framing) -> bool {
        bytes.len() - self.scan.start > framing.max_record as usize + 1
    }
}

/// Whether a line that begins so is no record, whatever its length.
#[inline]
pub(super) fn is_comment(record: &[u8], cut: Cut) -> bool {
    matches!(cut, Cut::Csv(csv) if csv.comment.is_some() && record.first().copied() == csv.comment)
}

#[inline]
fn is_blank(record: &[u8], cut: Cut) -> bool {
    match cut {
        Cut::Lines => false,
        Cut::Json => record.first().is_none_or(u8::is_ascii_whitespace) && record.trim_ascii().is_empty(),
        Cut::Csv(csv) => csv.skip_blanks(record, 0) == record.len(),
    }
}

/// A record over the limit, whose end is being searched for.
#[derive(Debug)]
pub(super) struct Skipping {
    /// Its first bytes.
    pub(super) head: Vec<u8>,
    /// Bytes that were passed over, and by which the offset has not moved yet.
    pub(super) untold: u64,
    /// It was told.
    pub(super) told: bool,
    length: u64,
    ends_with_carriage_return: bool,
    /// It holds nothing but bytes that are 0 so far: a hole, that ends where something else comes.
    pub(super) is_hole: bool,
}

/// The end of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    /// Bytes of the buffer before the next record.
    pub(super) passed: usize,
    /// Bytes of the record without its line end.
    pub(super) length: u64,
}

impl Skipping {
    /// Of a record that begins so. A comment is passed over without a word.
    pub(super) fn new(head: Vec<u8>, cut: Cut) -> Self {
        Self {
            told: is_comment(&head, cut),
            is_hole: is_zero(&head),
            head,
            untold: 0,
            length: 0,
            ends_with_carriage_return: false,
        }
    }

    /// Passes over these bytes, up to the end of the record where it is among them.
    pub(super) fn search(&mut self, bytes: &[u8], ended: bool) -> Option<End> {
        if self.is_hole {
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            self.length += zeros as u64;
            self.untold += zeros as u64;
            if zeros == bytes.len() && !ended {
                return None;
            }
            let line_end = usize::from(bytes[zeros..].starts_with(b"\n"));
            self.untold += line_end as u64;
            return Some(End {
                passed: zeros + line_end,
                length: self.length,
            });
        }
        let found = memchr(b'\n', bytes);
        let part = &bytes[..found.unwrap_or(bytes.len())];
        if let Some(last) = part.last() {
            self.ends_with_carriage_return = *last == b'\r';
        }
        self.length += part.len() as u64;
        let passed = part.len() + usize::from(found.is_some());
        self.untold += passed as u64;
        (found.is_some() || ended).then(|| End {
            passed,
            length: self.length - u64::from(self.ends_with_carriage_return),
        })
    }
}

/// Whether there is nothing but bytes that are 0.
pub(super) fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}
