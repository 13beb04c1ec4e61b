use std::any::type_name;

use ::csv::ByteRecord;
use memchr::memchr;
use serde::Deserialize;

use super::DecodeError;
use crate::source::Payloads;

/// How CSV is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvOptions {
    /// The first row of each file (or of the whole input) names the columns. Without it fields are taken in their order.
    pub header: bool,
    /// The byte between two fields.
    pub delimiter: u8,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            header: true,
            delimiter: b',',
        }
    }
}

/// The CSV rows of a chunk, lent one by one from one buffer that is used again.
#[derive(Debug)]
pub struct CsvRows<'c, I> {
    payloads: std::iter::Enumerate<I>,
    payload: &'c [u8],
    splitter: Splitter,
    header: Header,
    fields: ByteRecord,
}

#[derive(Debug)]
enum Header {
    /// Fields are taken in their order.
    None,
    /// A header was asked for, and the source has none.
    Missing,
    Names(ByteRecord),
}

/// `.csv::<T>()`: the rows of a chunk.
///
/// Columns are matched with the fields of `T` by the names in the header, or by their order with `header = false`. A record may borrow
/// from the row (`&str`). Fields may be quoted; a row must have as many fields as the header.
///
/// ```
/// use serde::Deserialize;
/// use streaming_runtime::op::{self, CsvOptions};
/// use streaming_runtime::source::Payloads;
///
/// #[derive(Deserialize)]
/// struct Flight<'a> {
///     origin: &'a str,
///     delay: i32,
/// }
///
/// fn total_delay(chunk: &impl Payloads) -> i32 {
///     let mut total = 0;
///     let mut rows = op::csv(chunk, CsvOptions::default());
///     while let Some((_row, _meta)) = rows.advance() {
///         match rows.decode::<Flight<'_>>() {
///             Ok(flight) if flight.origin == "ANC" => total += flight.delay,
///             Ok(_) => {}
///             Err(error) => println!("{error}: {:?}", rows.payload()),
///         }
///     }
///     total
/// }
/// ```
pub fn csv<C: Payloads>(chunk: &C, options: CsvOptions) -> CsvRows<'_, impl Iterator<Item = (C::Meta<'_>, &[u8])>> {
    let mut splitter = Splitter::new(options.delimiter);
    let header = match (options.header, chunk.header()) {
        (false, _) => Header::None,
        (true, None) => Header::Missing,
        (true, Some(row)) => {
            let mut names = ByteRecord::new();
            splitter.split(row, &mut names);
            Header::Names(names)
        }
    };
    CsvRows {
        payloads: chunk.payloads().enumerate(),
        payload: &[],
        splitter,
        header,
        fields: ByteRecord::new(),
    }
}

impl<'c, M, I: Iterator<Item = (M, &'c [u8])>> CsvRows<'c, I> {
    /// Goes to the next row: its number in the chunk, and what is known of it beside its value.
    #[inline]
    pub fn advance(&mut self) -> Option<(usize, M)> {
        let (row, (meta, payload)) = self.payloads.next()?;
        self.payload = payload;
        self.splitter.split(payload, &mut self.fields);
        Some((row, meta))
    }

    /// The present row as a record, which may borrow from it.
    ///
    /// # Errors
    /// When the row has another number of fields than the header, or a field does not fit its type.
    #[inline]
    pub fn decode<'r, T: Deserialize<'r>>(&'r self) -> Result<T, DecodeError> {
        let names = match &self.header {
            Header::None => None,
            Header::Missing => return Err(DecodeError::no_header()),
            Header::Names(names) if names.len() != self.fields.len() => {
                return Err(DecodeError::ragged(self.fields.len(), names.len()));
            }
            Header::Names(names) => Some(names),
        };
        self.fields
            .deserialize(names)
            .map_err(|error| DecodeError::csv(error, type_name::<T>, names))
    }

    /// The bytes of the present row.
    #[inline]
    #[must_use]
    pub fn payload(&self) -> &'c [u8] {
        self.payload
    }
}

/// Splits a row into fields.
#[derive(Debug)]
struct Splitter {
    delimiter: u8,
    /// For rows with quotes.
    reader: csv_core::Reader,
    unquoted: Vec<u8>,
    ends: Vec<usize>,
}

impl Splitter {
    fn new(delimiter: u8) -> Self {
        let reader = csv_core::ReaderBuilder::new()
            .delimiter(delimiter)
            .terminator(csv_core::Terminator::Any(b'\n'))
            .build();
        Self {
            delimiter,
            reader,
            unquoted: Vec::new(),
            ends: Vec::new(),
        }
    }

    #[inline]
    fn split(&mut self, row: &[u8], fields: &mut ByteRecord) {
        fields.clear();
        if memchr(b'"', row).is_some() {
            self.split_quoted(row, fields);
            return;
        }
        let mut from = 0;
        for at in memchr::memchr_iter(self.delimiter, row) {
            fields.push_field(&row[from..at]);
            from = at + 1;
        }
        fields.push_field(&row[from..]);
    }

    fn split_quoted(&mut self, row: &[u8], fields: &mut ByteRecord) {
        // Unquoted text is never longer than the row, and there are never more fields than bytes and one.
        self.unquoted.resize(row.len(), 0);
        self.ends.resize(row.len() + 1, 0);
        self.reader.reset();
        let (_, _, written, count) = self.reader.read_record(row, &mut self.unquoted, &mut self.ends);
        // An empty input says that the row is complete.
        let (_, _, _, last) = self
            .reader
            .read_record(&[], &mut self.unquoted[written..], &mut self.ends[count..]);
        let mut from = 0;
        for end in &self.ends[..count + last] {
            fields.push_field(&self.unquoted[from..*end]);
            from = *end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Block, Framing};

    #[derive(Debug, Deserialize, PartialEq)]
    struct Row<'a> {
        name: &'a str,
        n: u32,
        note: Option<&'a str>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code)]
    struct Missing {
        price: f64,
    }

    fn block(header: Option<&str>, rows: &str) -> Block {
        Block {
            place: "x.csv".into(),
            offset: 0,
            bytes: rows.into(),
            framing: Framing::Csv {
                header: header.is_some(),
                delimiter: b',',
            },
            header: header.map(|h| h.as_bytes().into()),
        }
    }

    fn decode<T: for<'a> Deserialize<'a> + std::fmt::Debug>(block: &Block, options: CsvOptions) -> Vec<String> {
        let mut rows = csv(block, options);
        let mut shown = Vec::new();
        while let Some((row, _)) = rows.advance() {
            shown.push(match rows.decode::<T>() {
                Ok(record) => format!("{row} {record:?}"),
                Err(error) => format!("{row} {error}"),
            });
        }
        shown
    }

    #[test]
    fn columns_are_found_by_name() {
        let block = block(Some("n,extra,\"name\",note"), "1,x,ada,\r\n\n2,\"a\nb\",\"b\"\"c\",hi");
        let mut rows = csv(&block, CsvOptions::default());
        assert_eq!(rows.advance().map(|(row, _)| row), Some(0));
        let (name, n, note) = ("ada", 1, None);
        assert_eq!(rows.decode::<Row<'_>>().unwrap(), Row { name, n, note });
        assert_eq!(rows.payload(), b"1,x,ada,");
        assert_eq!(rows.advance().map(|(row, _)| row), Some(1));
        let (name, n, note) = ("b\"c", 2, Some("hi"));
        assert_eq!(rows.decode::<Row<'_>>().unwrap(), Row { name, n, note });
        assert!(rows.advance().is_none());
    }

    #[test]
    fn without_a_header_fields_are_taken_in_their_order() {
        let options = CsvOptions {
            header: false,
            ..CsvOptions::default()
        };
        let block = block(None, "a,1\n\"b\nb\",2\n,3\n\"\",4\n");
        let expect = ["0 (\"a\", 1)", "1 (\"b\\nb\", 2)", "2 (\"\", 3)", "3 (\"\", 4)"];
        assert_eq!(decode::<(String, u32)>(&block, options), expect);
    }

    #[test]
    fn errors_name_the_column() {
        let block = block(Some("name,n,note"), "a,x,\nb,2\n\"c\",3,4,5\nd,4,\n");
        let mut rows = csv(&block, CsvOptions::default());
        let mut shown = Vec::new();
        while let Some((row, _)) = rows.advance() {
            shown.push(match rows.decode::<Row<'_>>() {
                Ok(record) => format!("{row} {}", record.name),
                Err(error) => format!("{row} {error}"),
            });
        }
        let expect = [
            "0 cannot decode CSV into `Row`: column `n`: invalid digit found in string",
            "1 cannot decode CSV: the row has 2 fields, the header has 3",
            "2 cannot decode CSV: the row has 4 fields, the header has 3",
            "3 d",
        ];
        assert_eq!(shown, expect);
    }

    #[test]
    fn a_field_that_is_not_text_and_a_missing_column() {
        let mut bad = block(Some("name,n"), "?,1\n");
        bad.bytes[0] = 0xff;
        let found = decode::<(String, u32)>(&bad, CsvOptions::default());
        assert!(
            found[0].starts_with("0 cannot decode CSV into `(String, u32)`: column `name`: invalid utf-8"),
            "{found:?}"
        );
        let found = decode::<Missing>(&block(Some("name,n"), "a,1\n"), CsvOptions::default());
        assert_eq!(found, ["0 cannot decode CSV into `Missing`: missing field `price`"]);
    }

    #[test]
    fn a_source_without_a_header_says_so() {
        let found = decode::<(String, u32)>(&block(None, "a,1\n"), CsvOptions::default());
        assert_eq!(
            found,
            ["0 cannot decode CSV: this source has no header row, use `.csv(header = false)`"]
        );
    }
}
