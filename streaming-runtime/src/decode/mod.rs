//! Decoders: from bytes to records.
//!
//! The decode functions run inside a stage's loop, on one payload each, and lend what they can from it: a `&str` field of a record is
//! a piece of the source's buffer. They are called as [`op::lines`](crate::op::lines), [`op::json`](crate::op::json) and
//! [`op::csv`](crate::op::csv).

mod csv;
mod decoded;
mod error;
mod headers;
mod json;
mod letter;
mod lines;
mod name;
pub(crate) mod null;
mod sound;

pub use csv::{CsvOptions, CsvRows, csv};
pub(crate) use csv::{WrongQuotes, check_row};
pub use decoded::Decoded;
#[cfg(feature = "kafka")]
pub(crate) use error::Shown;
pub use error::{DecodeError, DecodeFailure, decode_failure};
pub use headers::LetterHeaders;
pub use json::json;
pub use letter::{DeadLetter, dead_letter, refused, refused_result};
pub use lines::lines;
pub use sound::{passes, sound};

pub(crate) use letter::LentLetter;
