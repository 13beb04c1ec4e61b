mod exact;
mod options;
mod split;
#[cfg(test)]
mod tests;

use std::any::type_name;

use ::csv::ByteRecord;
use serde::Deserialize;

use self::exact::Exact;
pub use self::options::CsvOptions;
use self::split::Splitter;
pub(crate) use self::split::{WrongQuotes, check_row};
use super::{DecodeError, Decoded};
use crate::source::{Fault, Meta, Payloads};
use crate::task::handing;

/// The CSV rows of a chunk, lent one by one from one buffer that is used again.
#[derive(Debug)]
pub struct CsvRows<'c, I> {
    payloads: std::iter::Enumerate<I>,
    payload: &'c [u8],
    splitter: Splitter,
    header: Header,
    fields: ByteRecord,
    flexible: bool,
    /// Why the present row has no fields.
    wrong: Option<Wrong>,
}

#[derive(Debug, Clone, Copy)]
enum Wrong {
    Fault(Fault),
    Quotes(WrongQuotes),
}

#[derive(Debug)]
enum Header {
    /// Fields are taken in their order.
    None,
    /// A header was asked for, and the source has none.
    Missing,
    Names {
        all: ByteRecord,
        /// Those of the present row, where it has fewer fields.
        some: ByteRecord,
    },
}

/// `.csv::<T>()`: the rows of a chunk.
///
/// Columns are matched with the fields of `T` by the names in the header, or by their order with `header = false`. A record may borrow
/// from the row (`&str`). Fields may be quoted; a row must have as many fields as the header, or as `T` where there is none.
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
    let mut splitter = Splitter::new(options);
    let header = match (options.header, chunk.header()) {
        (false, _) => Header::None,
        (true, None) => Header::Missing,
        (true, Some(row)) => {
            let mut all = ByteRecord::new();
            // The source does not hand out rows below a header that cannot be split.
            let _ = splitter.split(row, &mut all);
            let some = ByteRecord::new();
            Header::Names { all, some }
        }
    };
    CsvRows {
        payloads: chunk.payloads().enumerate(),
        payload: &[],
        splitter,
        header,
        fields: ByteRecord::new(),
        flexible: options.flexible,
        wrong: None,
    }
}

impl<'c, M: Meta, I: Iterator<Item = (M, &'c [u8])>> CsvRows<'c, I> {
    /// Goes to the next row: its number in the chunk, and what is known of it beside its value.
    #[inline]
    pub fn advance(&mut self) -> Option<(usize, M)> {
        let (row, (meta, payload)) = handing(|| self.payloads.next())?;
        self.payload = payload;
        self.wrong = match meta.fault() {
            Some(fault) => Some(Wrong::Fault(*fault)),
            None => self.splitter.split(payload, &mut self.fields).err().map(Wrong::Quotes),
        };
        if self.flexible
            && let Header::Names { all, some } = &mut self.header
        {
            self.fields.truncate(all.len());
            if self.fields.len() < all.len() && some.len() != self.fields.len() {
                some.clone_from(all);
                some.truncate(self.fields.len());
            }
        }
        Some((row, meta))
    }

    /// The present row as a record, which may borrow from it.
    ///
    /// # Errors
    /// When quotes in the row are wrong, when it has another number of fields than the header (or, without one, than `T`), or when a
    /// field does not fit its type.
    #[inline]
    pub fn decode<'r, T: Decoded<'r>>(&'r self) -> Result<T, DecodeError> {
        match (&self.wrong, &self.header) {
            (Some(wrong), _) => Err(self.wrong(*wrong)),
            (None, Header::None) => self.in_order(),
            (None, Header::Missing) => Err(DecodeError::no_header()),
            (None, Header::Names { all, .. }) if all.len() == self.fields.len() => self.by_name(all, all),
            (None, Header::Names { all, some }) if self.flexible => self.by_name(some, all),
            (None, Header::Names { all, .. }) => Err(self.ragged(all.len(), None)),
        }
    }

    fn by_name<'r, T: Deserialize<'r>>(&'r self, names: &'r ByteRecord, all: &ByteRecord) -> Result<T, DecodeError> {
        self.fields
            .deserialize(Some(names))
            .map_err(|error| DecodeError::csv(error, type_name::<T>, Some(all), self.fields.len()))
    }

    fn in_order<'r, T: Deserialize<'r>>(&'r self) -> Result<T, DecodeError> {
        match self.fields.deserialize::<Exact<T>>(None) {
            Ok(exact) if exact.left == 0 || self.flexible => Ok(exact.record),
            Ok(exact) => Err(self.ragged(self.fields.len() - exact.left, Some(type_name::<T>))),
            Err(error) => Err(DecodeError::csv(error, type_name::<T>, None, self.fields.len())),
        }
    }

    #[cold]
    fn ragged(&self, expected: usize, into: Option<fn() -> &'static str>) -> DecodeError {
        let found = self.fields.len();
        let ends_with_delimiter = found == expected + 1 && self.fields.get(expected).is_some_and(<[u8]>::is_empty);
        DecodeError::ragged(found, expected, into, self.names(), ends_with_delimiter)
    }

    #[cold]
    fn wrong(&self, wrong: Wrong) -> DecodeError {
        match wrong {
            Wrong::Fault(fault) => DecodeError::fault(fault),
            Wrong::Quotes(wrong) => DecodeError::quotes(wrong, self.names()),
        }
    }

    fn names(&self) -> Option<&ByteRecord> {
        match &self.header {
            Header::Names { all, .. } => Some(all),
            Header::None | Header::Missing => None,
        }
    }

    /// The bytes of the present row.
    #[inline]
    #[must_use]
    pub fn payload(&self) -> &'c [u8] {
        self.payload
    }
}
