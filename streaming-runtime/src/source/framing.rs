//! How bytes are cut into records: where a record ends.

use memchr::{memchr, memchr2, memrchr};

/// How bytes are cut into records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Framing {
    /// A record ends with a line feed.
    #[default]
    Lines,
    /// A record is a CSV row: a line feed within quotes does not end it, and rows without a byte are no records.
    Csv {
        /// The first row of every partition names the columns.
        header: bool,
        /// The byte between two fields: a quote opens a quoted field only at the start of a field.
        delimiter: u8,
    },
}

/// The search for the next record's end, which can be taken up again when more bytes are there.
///
/// The bytes always begin with the first byte of a record.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scan {
    /// Everything before is known to hold no end.
    at: usize,
    /// `at` is within a quoted field.
    quoted: bool,
}

impl Scan {
    /// A scan behind the first `at` bytes, all of them whole records.
    pub(crate) fn from(at: usize) -> Self {
        Self { at, quoted: false }
    }

    /// The index behind the last line feed that ends a record, among the bytes not yet looked at.
    pub(crate) fn last_end(&mut self, bytes: &[u8], framing: Framing) -> Option<usize> {
        match framing {
            Framing::Lines => {
                let found = memrchr(b'\n', &bytes[self.at..]).map(|at| self.at + at + 1);
                self.at = bytes.len();
                found
            }
            Framing::Csv { .. } => {
                let mut last = None;
                while let Some(end) = self.next_end(bytes, framing) {
                    last = Some(end);
                }
                last
            }
        }
    }

    /// The same scan after the first `count` bytes, whole records, were taken away.
    pub(crate) fn without(self, count: usize) -> Self {
        Self {
            at: self.at - count,
            ..self
        }
    }

    /// The index behind the line feed of the next record, or nothing while more bytes are needed.
    #[inline]
    pub(crate) fn next_end(&mut self, bytes: &[u8], framing: Framing) -> Option<usize> {
        match framing {
            Framing::Lines => {
                let found = memchr(b'\n', &bytes[self.at..]);
                self.at = found.map_or(bytes.len(), |at| self.at + at + 1);
                found.map(|_| self.at)
            }
            Framing::Csv { delimiter, .. } => self.next_row_end(bytes, delimiter),
        }
    }

    fn next_row_end(&mut self, bytes: &[u8], delimiter: u8) -> Option<usize> {
        loop {
            if self.quoted {
                self.leave_quotes(bytes)?;
            }
            let Some(found) = memchr2(b'\n', b'"', &bytes[self.at..]) else {
                self.at = bytes.len();
                return None;
            };
            let found = self.at + found;
            self.at = found + 1;
            if bytes[found] == b'\n' {
                return Some(self.at);
            }
            // Elsewhere in a field a quote is a character like any other.
            self.quoted = found == 0 || bytes[found - 1] == delimiter || bytes[found - 1] == b'\n';
        }
    }

    /// Goes behind the quote that closes the field; a doubled quote is a character of the field.
    fn leave_quotes(&mut self, bytes: &[u8]) -> Option<()> {
        loop {
            let Some(found) = memchr(b'"', &bytes[self.at..]) else {
                self.at = bytes.len();
                return None;
            };
            let found = self.at + found;
            match bytes.get(found + 1) {
                Some(b'"') => self.at = found + 2,
                Some(_) => {
                    self.at = found + 1;
                    self.quoted = false;
                    return Some(());
                }
                // The next byte decides whether this quote closes the field.
                None => {
                    self.at = found;
                    return None;
                }
            }
        }
    }
}

/// A record without the end of its line.
#[inline]
pub(crate) fn trim_line_end(record: &[u8]) -> &[u8] {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    record.strip_suffix(b"\r").unwrap_or(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: Framing = Framing::Csv {
        header: false,
        delimiter: b',',
    };

    fn records(bytes: &[u8], framing: Framing) -> Vec<String> {
        let (mut scan, mut from, mut records) = (Scan::default(), 0, Vec::new());
        while let Some(end) = scan.next_end(bytes, framing) {
            records.push(String::from_utf8(trim_line_end(&bytes[from..end]).to_vec()).unwrap());
            from = end;
        }
        records
    }

    #[test]
    fn a_line_feed_ends_a_line() {
        assert_eq!(records(b"a\r\n\n\"b\nc", Framing::Lines), ["a", "", "\"b"]);
    }

    #[test]
    fn a_line_feed_within_quotes_does_not_end_a_row() {
        assert_eq!(
            records(b"a,\"b\n\"\"c\"\"\n\",d\r\n\"\",e\n", CSV),
            ["a,\"b\n\"\"c\"\"\n\",d", "\"\",e"]
        );
    }

    #[test]
    fn a_quote_inside_a_field_is_a_character() {
        assert_eq!(
            records(b"5\" pipe,1\n\"x\"y\"z,2\n", CSV),
            ["5\" pipe,1", "\"x\"y\"z,2"]
        );
    }

    #[test]
    fn a_field_of_nothing_but_quotes() {
        assert_eq!(records(b"\"\"\"\"\n\"\"\"\n\"\n", CSV), ["\"\"\"\"", "\"\"\"\n\""]);
    }
}
