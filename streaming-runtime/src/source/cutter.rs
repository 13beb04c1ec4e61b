mod records;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::records::{Found, Records, Skipping, is_comment, is_zero};
use super::Framing;
use super::block::{Block, Span};
use super::fault::{Fault, SIGNATURE_BYTES, not_text};
use super::framing::{BYTE_ORDER_MARK, Cut};

/// As many bytes of a record that is too long, or of input that is not text, are lent as its payload: never more than the limit, so that they
/// are the same however the bytes arrive.
const HEAD_BYTES: usize = 4 << 10;

/// Gathers the bytes of one partition and cuts them into blocks of whole records.
///
/// Every byte is looked at once, however the bytes arrive, and the records are the same. A record over the limit is not held in memory: its
/// end is searched for, and what is handed out instead is a [`Fault`].
#[derive(Debug)]
pub(crate) struct Cutter {
    framing: Framing,
    place: Arc<str>,
    /// The most records of a block.
    chunk_rows: usize,
    /// A record that is too long is told before its end is found.
    at_once: bool,
    header: Option<Arc<[u8]>>,
    /// What was read and not yet handed out, from `records.front` on.
    buffer: Vec<u8>,
    /// Offset in the partition of `buffer[records.front]`.
    offset: u64,
    records: Records,
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    /// The start of the partition is still to be looked at: a byte order mark, what kind of input it is, the header.
    Start {
        looked_at: bool,
    },
    Records,
    /// A record over the limit: its end is being searched for.
    Skipping(Skipping),
    /// The input cannot be read: nothing of it is handed out any more.
    Unreadable,
}

impl Cutter {
    /// A cutter of the bytes from the start of a partition.
    pub(crate) fn new(framing: Framing, place: impl Into<Arc<str>>) -> Self {
        Self {
            framing,
            place: place.into(),
            chunk_rows: usize::MAX,
            at_once: false,
            header: None,
            buffer: Vec::new(),
            offset: 0,
            records: Records::default(),
            mode: Mode::Start { looked_at: false },
        }
    }

    /// With at most this many records in a block.
    pub(crate) fn chunk_rows(self, chunk_rows: usize) -> Self {
        let chunk_rows = chunk_rows.max(1);
        Self { chunk_rows, ..self }
    }

    /// Tells a record that is too long as soon as that is known, and not when its end is found: for partitions that cannot be read again,
    /// so that it is of no matter that the offset is then within the record.
    pub(crate) fn at_once(self) -> Self {
        Self { at_once: true, ..self }
    }

    /// With offsets that begin here.
    pub(crate) fn starting_at(self, offset: u64) -> Self {
        Self { offset, ..self }
    }

    /// Offset of the first byte that was not handed out: the start of a record.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the start of the partition is still to be looked at: what kind of input it is, and the row that names the columns.
    pub(crate) fn awaits_header(&self) -> bool {
        matches!(self.mode, Mode::Start { .. })
    }

    /// Goes on at `offset`, the start of a record. What is known of the partition's start stays.
    pub(crate) fn jump(&mut self, offset: u64) {
        self.buffer.clear();
        self.records = Records::behind(offset);
        self.offset = offset;
        self.mode = match std::mem::replace(&mut self.mode, Mode::Records) {
            Mode::Unreadable => Mode::Unreadable,
            _ if offset == 0 => Mode::Start { looked_at: false },
            // A header that was not there when the file was this long comes next.
            Mode::Start { .. } if self.framing.has_header() => Mode::Start { looked_at: true },
            _ => Mode::Records,
        };
    }

    /// Gives back memory that nothing is in.
    pub(crate) fn shrink(&mut self) {
        self.space(0).shrink_to_fit();
    }

    /// What a person calls the place of the blocks that follow.
    pub(crate) fn rename(&mut self, place: impl Into<Arc<str>>) {
        self.place = place.into();
    }

    /// Where to append bytes that were read, with room for `room` more.
    pub(crate) fn space(&mut self, room: usize) -> &mut Vec<u8> {
        let front = self.records.rebase();
        self.buffer.drain(..front);
        self.buffer.reserve(room);
        &mut self.buffer
    }

    /// The next whole records of what was gathered; nothing where there is none. To be asked again until then.
    pub(crate) fn cut(&mut self) -> Option<Block> {
        self.take(false)
    }

    /// The next records where no more bytes will come: the last one needs no line end. To be asked again until there is none.
    pub(crate) fn finish(&mut self) -> Option<Block> {
        self.take(true)
    }

    fn take(&mut self, ended: bool) -> Option<Block> {
        loop {
            match self.mode {
                Mode::Start { looked_at } => match self.start(looked_at, ended) {
                    Ok(true) => self.mode = Mode::Records,
                    Ok(false) if matches!(self.mode, Mode::Skipping(_)) => {}
                    Ok(false) => return None,
                    Err(fault) => return Some(self.unreadable(fault)),
                },
                Mode::Records => match self.block(ended) {
                    Some(block) => return Some(block),
                    None if matches!(self.mode, Mode::Records) => return None,
                    None => {}
                },
                Mode::Skipping(_) => match self.skip(ended) {
                    Some(block) => return Some(block),
                    None if matches!(self.mode, Mode::Skipping(_)) => return None,
                    None => {}
                },
                Mode::Unreadable => {
                    self.drop_front(self.buffer.len());
                    return None;
                }
            }
        }
    }

    /// Looks at what comes before the first record; false while that is not complete.
    fn start(&mut self, looked_at: bool, ended: bool) -> Result<bool, Fault> {
        if !looked_at {
            let rest = &self.buffer[self.records.front..];
            if !ended && rest.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(rest) {
                return Ok(false);
            }
            let mark = if rest.starts_with(BYTE_ORDER_MARK) {
                BYTE_ORDER_MARK.len()
            } else {
                0
            };
            let text = &rest[mark..];
            let line = memchr::memchr(b'\n', &text[..text.len().min(SIGNATURE_BYTES)]);
            if line.is_none() && text.len() < SIGNATURE_BYTES && !ended {
                return Ok(false);
            }
            let start = &text[..line.map_or(text.len().min(SIGNATURE_BYTES), |line| line + 1)];
            if let Some(fault) = not_text(start) {
                return Err(fault);
            }
            self.drop_front(mark);
            self.mode = Mode::Start { looked_at: true };
        }
        if !self.framing.has_header() {
            return Ok(true);
        }
        match self.records.next(&self.buffer, self.framing, ended) {
            Found::Record(span) => {
                let next = self.records.next_start();
                self.drop_front(span.range().start);
                let row = &self.buffer[span.range()];
                self.check_header(row)?;
                self.header = Some(row.into());
                self.drop_front(next);
                Ok(true)
            }
            Found::TooLong(span) | Found::CarriageReturns(span) => {
                self.drop_front(span.range().start);
                Err(self.too_long(None, self.head()))
            }
            Found::Longer => {
                self.drop_front(self.records.next_start());
                if !is_comment(self.head(), self.framing.cut) {
                    return Err(self.too_long(None, self.head()));
                }
                self.begin_skipping();
                Ok(false)
            }
            Found::Nothing => {
                self.drop_front(self.records.next_start());
                Ok(false)
            }
        }
    }

    fn check_header(&self, row: &[u8]) -> Result<(), Fault> {
        use crate::decode::WrongQuotes;
        let Cut::Csv(csv) = self.framing.cut else {
            return Ok(());
        };
        match crate::decode::check_row(row, csv) {
            Ok(()) if memchr::memchr(0, row).is_some() => Err(Fault::Header),
            Ok(()) => Ok(()),
            Err(WrongQuotes::CarriageReturn { .. }) => Err(Fault::CarriageReturns),
            Err(_) => Err(Fault::Header),
        }
    }

    /// The next block of records. Where that is a record that is too long, the mode says so.
    fn block(&mut self, ended: bool) -> Option<Block> {
        let front = self.records.front;
        let mut spans = Vec::new();
        let mut end = front;
        while spans.len() < self.chunk_rows {
            match self.records.next(&self.buffer, self.framing, ended) {
                Found::Record(span) => {
                    spans.push(span.without(front));
                    end = self.records.next_start();
                }
                Found::Nothing => break,
                Found::TooLong(span) => {
                    if spans.is_empty() {
                        let (length, head) = (span.len() as u64, span.first(self.head_bytes()));
                        if is_zero(&self.buffer[head.range()]) {
                            let zeros = self.buffer[span.range()].iter().take_while(|byte| **byte == 0);
                            let hole = span.first(zeros.count());
                            return Some(self.hole(hole, span.range().end));
                        }
                        let fault = self.too_long(Some(length), &self.buffer[head.range()]);
                        return Some(self.faulty(fault, head));
                    }
                    self.records.again(end);
                    break;
                }
                Found::CarriageReturns(span) => return Some(self.faulty(Fault::CarriageReturns, span)),
                Found::Longer => {
                    if spans.is_empty() {
                        self.begin_skipping();
                        return None;
                    }
                    self.records.again(end);
                    break;
                }
            }
        }
        if spans.is_empty() {
            // What was passed over holds no record.
            self.drop_front(self.records.next_start());
            return None;
        }
        // One look at all of them costs less than one at each.
        if memchr::memchr(0, &self.buffer[front..end]).is_some() {
            return Some(self.split_at_zeros(end, spans));
        }
        Some(self.split(end, spans))
    }

    /// Hands out what comes before the first record that holds bytes that are 0, or that record's hole: from its start to its last such byte. What
    /// comes after the hole is a record of its own: who appends to a file that ends with a hole begins a line there.
    fn split_at_zeros(&mut self, end: usize, mut spans: Vec<Span>) -> Block {
        let front = self.records.front;
        let last_zero = |span: &Span| memchr::memrchr(0, &self.buffer[front..][span.range()]);
        let Some((number, last)) = spans
            .iter()
            .enumerate()
            .find_map(|(n, span)| Some((n, last_zero(span)?)))
        else {
            return self.split(end, spans);
        };
        let (from, to) = (front + spans[number].range().start, front + spans[number].range().end);
        if number > 0 {
            spans.truncate(number);
            self.records.again(from);
            return self.split(from, spans);
        }
        self.hole(Span::new(from, from + last + 1), to)
    }

    /// Hands out the hole that begins a record; `end` is the end of that record, which may have a line end behind it.
    fn hole(&mut self, hole: Span, end: usize) -> Block {
        let next = match (&self.buffer[hole.range().end..end], &self.buffer[end..]) {
            ([], [b'\r', b'\n', ..]) => end + 2,
            ([], [b'\n', ..]) => end + 1,
            _ => hole.range().end,
        };
        self.records.again(next);
        let zeros = memchr::memchr_iter(0, &self.buffer[hole.range()]);
        let count = zeros.count() as u64;
        self.faulty(Fault::Zeros { count }, hole.first(self.head_bytes()))
    }

    /// Takes bytes away from the front.
    fn drop_front(&mut self, to: usize) {
        self.offset += (to - self.records.front) as u64;
        self.records.begin_at(to);
    }

    /// Hands out what comes before `end`, in which these records are.
    fn split(&mut self, end: usize, spans: Vec<Span>) -> Block {
        let front = self.records.front;
        // A mostly empty buffer is kept: a slow peer must not cost a whole buffer for every line.
        let bytes = if front == 0 && end >= self.buffer.capacity() / 4 {
            let rest = self.buffer[end..].to_vec();
            let mut bytes = std::mem::replace(&mut self.buffer, rest);
            bytes.truncate(end);
            self.records.taken(end);
            bytes
        } else {
            let bytes = self.buffer[front..end].to_vec();
            self.records.front = end;
            bytes
        };
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        self.block_of(offset, bytes, spans, None)
    }

    fn block_of(&self, offset: u64, bytes: Vec<u8>, spans: Vec<Span>, fault: Option<Fault>) -> Block {
        Block {
            place: Arc::clone(&self.place),
            offset,
            bytes,
            spans,
            faults: fault.map(|fault| (0, fault)).into_iter().collect(),
            header: self.header.clone(),
        }
    }

    /// A block with one record, in place of which a fault is handed out.
    fn faulty(&mut self, fault: Fault, span: Span) -> Block {
        let head = self.buffer[span.range()].to_vec();
        let offset = self.offset + (span.range().start - self.records.front) as u64;
        self.drop_front(self.records.next_start());
        self.fault_of(offset, head, fault)
    }

    fn fault_of(&self, offset: u64, head: Vec<u8>, fault: Fault) -> Block {
        let span = Span::new(0, head.len());
        self.block_of(offset, head, vec![span], Some(fault))
    }

    /// The input cannot be read, from here to its end.
    fn unreadable(&mut self, fault: Fault) -> Block {
        tracing::warn!("`{}` is not read: {fault}", self.place);
        let (offset, head) = (self.offset, self.head().to_vec());
        self.mode = Mode::Unreadable;
        self.drop_front(self.buffer.len());
        self.fault_of(offset, head, fault)
    }

    /// The first bytes that were not handed out.
    fn head(&self) -> &[u8] {
        let rest = &self.buffer[self.records.front..];
        &rest[..rest.len().min(self.head_bytes())]
    }

    fn head_bytes(&self) -> usize {
        HEAD_BYTES.min(self.framing.max_record as usize)
    }

    fn too_long(&self, length: Option<u64>, head: &[u8]) -> Fault {
        Fault::TooLong {
            limit: self.framing.max_record.into(),
            length,
            carriage_returns: has_carriage_returns(head),
        }
    }

    fn begin_skipping(&mut self) {
        let start = self.records.next_start();
        self.drop_front(start);
        let head = self.head().to_vec();
        tracing::warn!(
            "the record at byte {} of `{}` is longer than the limit of {} bytes: searching for its end",
            self.offset,
            self.place,
            self.framing.max_record
        );
        self.mode = Mode::Skipping(Skipping::new(head, self.framing.cut));
    }

    /// Searches for the end of a record that is too long. The offset stays at its start until it is told.
    fn skip(&mut self, ended: bool) -> Option<Block> {
        let Mode::Skipping(skipping) = &mut self.mode else {
            return None;
        };
        let end = skipping.search(&self.buffer[self.records.front..], ended);
        let passed = end.map_or(self.buffer.len() - self.records.front, |end| end.passed);
        self.records.begin_at(self.records.front + passed);
        let tell = !skipping.told && (end.is_some() || self.at_once);
        let (start, length) = (self.offset, end.map(|end| end.length));
        if end.is_some() || self.at_once {
            self.offset += std::mem::take(&mut skipping.untold);
        }
        let head = if tell {
            std::mem::take(&mut skipping.head)
        } else {
            Vec::new()
        };
        skipping.told |= tell;
        let is_hole = skipping.is_hole;
        if let Some(length) = length {
            tracing::warn!(
                "a record of {length} bytes ends at byte {} of `{}`",
                self.offset,
                self.place
            );
            self.mode = match &self.header {
                None if self.framing.has_header() => Mode::Start { looked_at: true },
                _ => Mode::Records,
            };
        }
        tell.then(|| {
            let fault = match length {
                Some(count) if is_hole => Fault::Zeros { count },
                _ => self.too_long(length, &head),
            };
            self.fault_of(start, head, fault)
        })
    }
}

fn has_carriage_returns(head: &[u8]) -> bool {
    let mut found = memchr::memchr_iter(b'\r', head);
    found.any(|at| head.get(at + 1).is_some_and(|next| *next != b'\n'))
}
