//! How bytes are cut into records: where a record ends.

use memchr::{memchr, memchr2};

/// The largest record that a source hands out, unless the decoder says otherwise: 64 MiB.
const MAX_RECORD_BYTES: u32 = 64 << 20;

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a source cuts its bytes into records. The decoder behind the source says so.
///
/// ```
/// use streaming_runtime::op::CsvOptions;
/// use streaming_runtime::source::Framing;
/// assert_eq!(Framing::default(), Framing::lines());
/// let rows = Framing::csv(CsvOptions::default()).max_record(1 << 20);
/// assert_ne!(rows, Framing::csv(CsvOptions::default()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Framing {
    pub(super) cut: Cut,
    /// A record with more bytes than this, without its line end, is an error.
    pub(super) max_record: u32,
}

/// Where a record ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// With a line feed.
    Lines,
    /// With a line feed; lines of nothing but white space are no records.
    Json,
    /// With a line feed outside of quotes; rows without a byte are no records.
    Csv(Csv),
}

/// What the cut of CSV rows depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Csv {
    /// The first row names the columns.
    pub(crate) header: bool,
    /// The byte between two fields: a quote opens a quoted field only at the start of a field.
    pub(crate) delimiter: u8,
    /// A row that begins with this byte is no record.
    pub(crate) comment: Option<u8>,
    /// Blanks around a field are no part of it.
    pub(crate) trim: bool,
}

impl Default for Framing {
    fn default() -> Self {
        Self::lines()
    }
}

impl Framing {
    /// A record is a line.
    #[must_use]
    pub const fn lines() -> Self {
        Self::new(Cut::Lines)
    }

    /// A record is a line; lines that are empty or hold nothing but white space are no records.
    #[must_use]
    pub const fn json() -> Self {
        Self::new(Cut::Json)
    }

    /// A record is a CSV row: a line feed within quotes does not end it. Rows without a byte and comments are no records.
    #[must_use]
    pub const fn csv(options: crate::decode::CsvOptions) -> Self {
        Self::new(Cut::Csv(options.framing()))
    }

    /// A record of more than this many bytes, without its line end, is an error; 64 MiB unless said otherwise.
    ///
    /// # Panics
    /// When that is 0, or more than 1 GiB.
    #[must_use]
    #[track_caller]
    pub const fn max_record(self, bytes: u64) -> Self {
        assert!(
            bytes > 0 && bytes <= 1 << 30,
            "`max_record` takes 1 byte to 1GiB: a record is held in memory as a whole"
        );
        #[expect(clippy::cast_possible_truncation, reason = "compared above")]
        let max_record = bytes as u32;
        Self { max_record, ..self }
    }

    const fn new(cut: Cut) -> Self {
        Self {
            cut,
            max_record: MAX_RECORD_BYTES,
        }
    }

    pub(super) fn has_header(self) -> bool {
        matches!(self.cut, Cut::Csv(csv) if csv.header)
    }
}

impl Csv {
    /// Whether this byte may stand around a field that is trimmed.
    #[inline]
    pub(crate) fn is_blank(self, byte: u8) -> bool {
        self.trim && matches!(byte, b' ' | b'\t') && byte != self.delimiter
    }

    /// The first index at or after `at` whose byte is no blank.
    #[inline]
    pub(crate) fn skip_blanks(self, bytes: &[u8], at: usize) -> usize {
        let blanks = bytes[at..].iter().take_while(|byte| self.is_blank(**byte));
        at + blanks.count()
    }
}

/// The search for the end of one record, which can be taken up again when more bytes are there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scan {
    /// The first byte of the record.
    pub(super) start: usize,
    /// Everything from `start` to here is known to hold no end.
    at: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    /// Within a quoted field.
    Quoted,
    /// The quotes of the row are wrong: it ends with its first line.
    Line,
}

impl Scan {
    /// The search for the end of the record that begins at `start`.
    #[inline]
    pub(super) fn of(start: usize) -> Self {
        Self {
            start,
            at: start,
            state: State::Open,
        }
    }

    /// The same search after `count` bytes in front of the record were taken away.
    pub(super) fn without(self, count: usize) -> Self {
        Self {
            start: self.start - count,
            at: self.at - count,
            ..self
        }
    }

    /// Passes over a byte order mark in front of the record, as files that begin with one leave it when they are put together. False while more
    /// bytes are needed to know.
    #[inline]
    pub(super) fn pass_mark(&mut self, bytes: &[u8]) -> bool {
        bytes.get(self.start) != Some(&BYTE_ORDER_MARK[0]) || self.at != self.start || self.pass_marked(bytes)
    }

    #[cold]
    fn pass_marked(&mut self, bytes: &[u8]) -> bool {
        let rest = &bytes[self.start..];
        if rest.starts_with(BYTE_ORDER_MARK) {
            *self = Self::of(self.start + BYTE_ORDER_MARK.len());
        }
        rest.len() >= BYTE_ORDER_MARK.len() || !BYTE_ORDER_MARK.starts_with(rest)
    }

    /// The index of the line feed that ends the record, or nothing while more bytes are needed.
    #[inline]
    pub(super) fn end(&mut self, bytes: &[u8], cut: Cut) -> Option<usize> {
        match cut {
            Cut::Lines | Cut::Json => self.line_end(bytes),
            Cut::Csv(csv) => self.row_end(bytes, csv),
        }
    }

    /// A quoted field is open.
    pub(super) fn is_quoted(&self) -> bool {
        self.state == State::Quoted
    }

    /// The record, whose end was not found yet, has more than one line: there is one in a quoted field.
    pub(super) fn spans_lines(&self, bytes: &[u8]) -> bool {
        memchr(b'\n', &bytes[self.start..]).is_some()
    }

    /// The record ends with its first line: its quotes are wrong.
    pub(super) fn end_with_line(&mut self) {
        *self = Self {
            state: State::Line,
            ..Self::of(self.start)
        };
    }

    #[inline]
    fn line_end(&mut self, bytes: &[u8]) -> Option<usize> {
        let found = memchr(b'\n', &bytes[self.at..]).map(|at| self.at + at);
        self.at = found.unwrap_or(bytes.len());
        found
    }

    fn row_end(&mut self, bytes: &[u8], csv: Csv) -> Option<usize> {
        if self.at == self.start && csv.comment.is_some() && bytes.get(self.at).copied() == csv.comment {
            self.state = State::Line;
        }
        loop {
            match self.state {
                State::Line => return self.line_end(bytes),
                State::Quoted => self.leave_quotes(bytes, csv)?,
                State::Open => {
                    let Some(found) = memchr2(b'\n', b'"', &bytes[self.at..]) else {
                        self.at = bytes.len();
                        return None;
                    };
                    let found = self.at + found;
                    if bytes[found] == b'\n' {
                        self.at = found;
                        return Some(found);
                    }
                    self.at = found + 1;
                    // Elsewhere in a field a quote is a character like any other.
                    if self.begins_field(bytes, found, csv) {
                        self.state = State::Quoted;
                    }
                }
            }
        }
    }

    fn begins_field(&self, bytes: &[u8], quote: usize, csv: Csv) -> bool {
        let before = bytes[self.start..quote].iter().rev();
        let before = before.copied().find(|byte| !csv.is_blank(*byte));
        before.is_none_or(|byte| byte == csv.delimiter)
    }

    /// Goes to what comes after the quote that closes the field; a doubled quote is a character of the field. Where something else
    /// comes than the end of the field, the row ends with its first line.
    fn leave_quotes(&mut self, bytes: &[u8], csv: Csv) -> Option<()> {
        loop {
            let Some(found) = memchr(b'"', &bytes[self.at..]) else {
                self.at = bytes.len();
                return None;
            };
            // Where the next bytes decide and are not there yet, the search is taken up again at this quote.
            self.at += found;
            if bytes.get(self.at + 1) == Some(&b'"') {
                self.at += 2;
                continue;
            }
            let after = csv.skip_blanks(bytes, self.at + 1);
            match *bytes.get(after)? {
                b'\n' => {}
                b'\r' if *bytes.get(after + 1)? == b'\n' => {}
                byte if byte == csv.delimiter => {}
                _ => {
                    self.end_with_line();
                    return Some(());
                }
            }
            self.at = after;
            self.state = State::Open;
            return Some(());
        }
    }
}

/// A record without the carriage return of its line end.
#[inline]
pub(super) fn trim_line_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::CsvOptions;

    fn csv(options: CsvOptions) -> Framing {
        Framing::csv(options.header(false))
    }

    fn records(bytes: &[u8], framing: Framing) -> Vec<String> {
        let (mut scan, mut records) = (Scan::default(), Vec::new());
        while let Some(end) = scan.end(bytes, framing.cut) {
            records.push(String::from_utf8(trim_line_end(&bytes[scan.start..end]).to_vec()).unwrap());
            scan = Scan::of(end + 1);
        }
        records
    }

    #[test]
    fn a_line_feed_ends_a_line() {
        assert_eq!(records(b"a\r\n\n\"b\nc", Framing::lines()), ["a", "", "\"b"]);
    }

    #[test]
    fn a_line_feed_within_quotes_does_not_end_a_row() {
        assert_eq!(
            records(b"a,\"b\n\"\"c\"\"\n\",d\r\n\"\",e\n", csv(CsvOptions::default())),
            ["a,\"b\n\"\"c\"\"\n\",d", "\"\",e"]
        );
    }

    #[test]
    fn a_quote_inside_a_field_is_a_character() {
        let rows = b"5\" pipe,1\n2, \"x\ny\"\n";
        assert_eq!(
            records(rows, csv(CsvOptions::default())),
            ["5\" pipe,1", "2, \"x", "y\""]
        );
        assert_eq!(
            records(rows, csv(CsvOptions::default().trim(true))),
            ["5\" pipe,1", "2, \"x\ny\""]
        );
    }

    #[test]
    fn a_field_of_nothing_but_quotes() {
        assert_eq!(
            records(b"\"\"\"\"\n\"\"\"\n\"\n", csv(CsvOptions::default())),
            ["\"\"\"\"", "\"\"\"\n\""]
        );
    }

    #[test]
    fn a_row_with_wrong_quotes_ends_with_its_first_line() {
        assert_eq!(
            records(b"\"x\"y\"z,2\na,\"b\nc\"d\ne\n", csv(CsvOptions::default())),
            ["\"x\"y\"z,2", "a,\"b", "c\"d", "e"]
        );
        assert_eq!(
            records(b"\"x\" ,2\n\"y\n\"\r,3\n", csv(CsvOptions::default())),
            ["\"x\" ,2", "\"y"],
            "a blank needs `trim`, and a carriage return a line feed"
        );
        assert_eq!(
            records(b"\"x\n\" \t,2\n", csv(CsvOptions::default().trim(true))),
            ["\"x\n\" \t,2"]
        );
    }

    #[test]
    fn quotes_in_a_comment_open_nothing() {
        let options = CsvOptions::default().comment(b'#');
        assert_eq!(records(b"#,\"\na,\"#\n\"\n", csv(options)), ["#,\"", "a,\"#\n\""]);
    }
}
