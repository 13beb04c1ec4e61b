use ::csv::ByteRecord;
use memchr::{memchr, memchr_iter, memchr2};

use super::CsvOptions;
use crate::source::framing::Csv;

/// Splits a row into fields.
#[derive(Debug)]
pub(super) struct Splitter {
    csv: Csv,
    null: Option<&'static [u8]>,
    /// A quoted field with its quotes undone.
    unquoted: Vec<u8>,
}

/// Why a row cannot be split into fields. Fields are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WrongQuotes {
    /// The quote that opens the field is not closed.
    Unclosed { field: usize },
    /// There is something between the quote that closes the field and the next delimiter.
    TextAfter { field: usize },
    /// There is a carriage return that is not part of a line end.
    CarriageReturn { field: usize },
}

impl WrongQuotes {
    pub(crate) fn field(self) -> usize {
        match self {
            Self::Unclosed { field } | Self::TextAfter { field } | Self::CarriageReturn { field } => field,
        }
    }
}

/// Whether a row can be split into fields.
pub(crate) fn check_row(row: &[u8], csv: Csv) -> Result<(), WrongQuotes> {
    Splitter::of(csv, None).split(row, &mut ByteRecord::new())
}

impl Splitter {
    pub(super) fn new(options: CsvOptions) -> Self {
        Self::of(options.framing(), options.null.map(str::as_bytes))
    }

    fn of(csv: Csv, null: Option<&'static [u8]>) -> Self {
        Self {
            csv,
            null,
            unquoted: Vec::new(),
        }
    }

    /// The fields of a row without its line end.
    #[inline]
    pub(super) fn split(&mut self, row: &[u8], fields: &mut ByteRecord) -> Result<(), WrongQuotes> {
        fields.clear();
        if memchr2(b'"', b'\r', row).is_some() {
            return self.split_quoted(row, fields);
        }
        let mut from = 0;
        for at in memchr_iter(self.csv.delimiter, row) {
            self.push(&row[from..at], fields);
            from = at + 1;
        }
        self.push(&row[from..], fields);
        Ok(())
    }

    /// Takes a field without quotes.
    #[inline]
    fn push(&self, field: &[u8], fields: &mut ByteRecord) {
        let field = if self.csv.trim { field.trim_ascii() } else { field };
        let is_null = self.null.is_some_and(|null| null == field);
        fields.push_field(if is_null { b"" } else { field });
    }

    fn split_quoted(&mut self, row: &[u8], fields: &mut ByteRecord) -> Result<(), WrongQuotes> {
        let mut from = 0;
        loop {
            let field = fields.len();
            let start = self.csv.skip_blanks(row, from);
            let end = if row.get(start) == Some(&b'"') {
                let close = self.unquote(row, start + 1).ok_or(WrongQuotes::Unclosed { field })?;
                let end = self.csv.skip_blanks(row, close + 1);
                match row.get(end) {
                    None => {}
                    Some(byte) if *byte == self.csv.delimiter => {}
                    Some(b'\r') => return Err(WrongQuotes::CarriageReturn { field }),
                    Some(_) => return Err(WrongQuotes::TextAfter { field }),
                }
                fields.push_field(&self.unquoted);
                end
            } else {
                let end = memchr(self.csv.delimiter, &row[from..]).map_or(row.len(), |at| from + at);
                if memchr(b'\r', &row[from..end]).is_some() {
                    return Err(WrongQuotes::CarriageReturn { field });
                }
                self.push(&row[from..end], fields);
                end
            };
            if end == row.len() {
                return Ok(());
            }
            from = end + 1;
        }
    }

    /// Takes the text of a quoted field; gives the index of the quote that closes it.
    fn unquote(&mut self, row: &[u8], mut from: usize) -> Option<usize> {
        self.unquoted.clear();
        loop {
            let quote = from + memchr(b'"', &row[from..])?;
            self.unquoted.extend_from_slice(&row[from..quote]);
            if row.get(quote + 1) != Some(&b'"') {
                return Some(quote);
            }
            self.unquoted.push(b'"');
            from = quote + 2;
        }
    }
}
