mod split;
#[cfg(test)]
mod tests;

use std::any::type_name;

use ::csv::ByteRecord;
use serde::Deserialize;

use self::split::Splitter;
use super::DecodeError;
use crate::source::Payloads;

/// How CSV is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvOptions {
    /// The first row of each file (of each connection, of all of standard input, of the rows that a test pushes) names the columns.
    /// Without it fields are taken in their order.
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
