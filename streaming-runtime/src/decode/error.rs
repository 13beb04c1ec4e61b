use std::fmt::{self, Display, Formatter, Write};
use std::str::Utf8Error;

use ::csv::ByteRecord;

use super::WrongQuotes;
use super::name::ShortName;
use crate::source::Fault;

/// Bytes of a payload that a message shows.
const SHOWN_BYTES: usize = 200;

/// A payload could not be decoded.
///
/// Making one costs next to nothing; its text is made when it is asked for, so a pipeline that skips bad records does so at full speed.
#[derive(Debug)]
pub struct DecodeError(Kind);

#[derive(Debug)]
enum Kind {
    Text(Utf8Error),
    Json {
        error: serde_json::Error,
        into: ShortName,
        hint: &'static str,
    },
    Csv {
        error: csv::Error,
        into: ShortName,
        /// Name of the column, where the error is in one that has a name.
        column: Option<Box<str>>,
        /// What the header says, and how many fields the row has, where a column is missing.
        missing: Option<(Box<str>, usize)>,
    },
    Ragged {
        found: usize,
        expected: usize,
        /// The type, where there is no header.
        into: Option<ShortName>,
        hint: Hint,
    },
    Quotes {
        wrong: WrongQuotes,
        column: Option<Box<str>>,
        /// What the delimiter may be.
        delimiter: Option<&'static str>,
    },
    NoHeader,
    Fault(Fault),
    /// It could be decoded, and a closure further down panics over it.
    Panicked(Box<str>),
}

/// What may be the cause of a row with another number of fields.
#[derive(Debug)]
enum Hint {
    None,
    EndsWithDelimiter,
    Delimiter(&'static str),
}

impl DecodeError {
    #[cold]
    pub(super) fn text(error: Utf8Error) -> Self {
        Self(Kind::Text(error))
    }

    #[cold]
    pub(super) fn json(error: serde_json::Error, into: fn() -> &'static str, payload: &[u8]) -> Self {
        let into = ShortName(into);
        let hint = json_hint(&error, payload);
        Self(Kind::Json { error, into, hint })
    }

    #[cold]
    pub(super) fn csv(
        error: csv::Error,
        into: fn() -> &'static str,
        header: Option<&ByteRecord>,
        fields: usize,
    ) -> Self {
        let into = ShortName(into);
        let column = csv_field(&error)
            .and_then(|field| header?.get(field))
            .map(|name| String::from_utf8_lossy(name).into());
        let missing = header
            .filter(|_| error.to_string().contains("missing field"))
            .map(|header| (columns(header).into(), fields.abs_diff(header.len())));
        Self(Kind::Csv {
            error,
            into,
            column,
            missing,
        })
    }

    #[cold]
    pub(super) fn ragged(
        found: usize,
        expected: usize,
        into: Option<fn() -> &'static str>,
        header: Option<&ByteRecord>,
        ends_with_delimiter: bool,
    ) -> Self {
        let hint = match header.and_then(other_delimiter) {
            None if ends_with_delimiter => Hint::EndsWithDelimiter,
            None => Hint::None,
            Some(delimiter) => Hint::Delimiter(delimiter),
        };
        Self(Kind::Ragged {
            found,
            expected,
            into: into.map(ShortName),
            hint,
        })
    }

    #[cold]
    pub(super) fn quotes(wrong: WrongQuotes, header: Option<&ByteRecord>) -> Self {
        let column = header.and_then(|header| header.get(wrong.field()));
        let column = column.map(|name| String::from_utf8_lossy(name).into());
        let delimiter = header.and_then(other_delimiter);
        Self(Kind::Quotes {
            wrong,
            column,
            delimiter,
        })
    }

    #[cold]
    pub(super) fn no_header() -> Self {
        Self(Kind::NoHeader)
    }

    #[cold]
    pub(super) fn panicked(why: &str) -> Self {
        Self(Kind::Panicked(why.into()))
    }

    #[cold]
    pub(super) fn fault(fault: Fault) -> Self {
        Self(Kind::Fault(fault))
    }
}

impl Display for DecodeError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Text(error) => write!(f, "cannot decode text: byte {} is not UTF-8", error.valid_up_to()),
            Kind::Json { error, into, hint } => {
                write!(f, "cannot decode JSON into `{into}`: ")?;
                json_message(error, f)?;
                f.write_str(hint)
            }
            Kind::Csv {
                error,
                into,
                column,
                missing,
            } => {
                write!(f, "cannot decode CSV into `{into}`: ")?;
                csv_message(error, column.as_deref(), f)?;
                match missing {
                    Some((columns, 0)) => write!(f, ": {columns}"),
                    Some((columns, short)) => {
                        write!(f, ": the row is {short} fields shorter than the header; {columns}")
                    }
                    None => Ok(()),
                }
            }
            Kind::Ragged {
                found,
                expected,
                into,
                hint,
            } => {
                write!(f, "cannot decode CSV: the row has {found} fields, ")?;
                match into {
                    Some(into) => write!(f, "`{into}` takes {expected}")?,
                    None => write!(f, "the header has {expected}")?,
                }
                match hint {
                    Hint::None => f.write_str(" (`flexible = true` allows it)"),
                    Hint::EndsWithDelimiter => f.write_str(": it ends with a delimiter (`flexible = true` allows it)"),
                    Hint::Delimiter(delimiter) => is_it(delimiter, f),
                }
            }
            Kind::Quotes {
                wrong,
                column,
                delimiter,
            } => {
                quotes_message(*wrong, column.as_deref(), f)?;
                delimiter.map_or(Ok(()), |delimiter| is_it(delimiter, f))
            }
            Kind::NoHeader => {
                f.write_str("cannot decode CSV: this source has no header row, use `.csv(header = false)`")
            }
            Kind::Fault(fault) => write!(f, "cannot decode: {fault}"),
            Kind::Panicked(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for DecodeError {}

/// The line is left out where there is only one.
fn json_message(error: &serde_json::Error, f: &mut Formatter<'_>) -> fmt::Result {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        // A whole value of another type has no column.
        Some(what) if error.column() == 0 => f.write_str(what),
        Some(what) if error.line() == 1 => write!(f, "{what} at column {}", error.column()),
        _ => f.write_str(&text),
    }?;
    if text.contains("expected a borrowed string") {
        f.write_str(" (text with escapes cannot be borrowed: use `String`, or `Cow<str>` with `#[serde(borrow)]`)")?;
    } else if text.contains("untagged enum") {
        f.write_str(
            " (an enum with `#[serde(untagged)]` does not say which of its variants was meant: decode the one you \
             mean by itself to see its error)",
        )?;
    } else if text.contains("i128 is not supported") || text.contains("u128 is not supported") {
        f.write_str(" (within `#[serde(flatten)]` and `#[serde(untagged)]` a number has at most 64 bits)")?;
    }
    Ok(())
}

/// What the payload is, where it is not one value: a part of a value over several lines, or a list of values.
fn json_hint(error: &serde_json::Error, payload: &[u8]) -> &'static str {
    const LINES: &str =
        " (`.json()` takes one whole value in each line: `jq -c .` makes one line of a value over several lines)";
    const LIST: &str =
        " (this is a JSON array, and `.json()` takes one record in each line: `jq -c '.[]'` takes it apart)";
    let payload = payload.trim_ascii();
    let opens = matches!(payload.first(), Some(b'[' | b'{'));
    let closes = matches!(payload.last(), Some(b']' | b'}'));
    match payload {
        b"[" => LIST,
        [b'[', ..] if closes && !error.is_syntax() => LIST,
        _ if error.is_eof() && opens => LINES,
        // `"user": "ann",` is a line of an object.
        b"]" | b"]," | b"}" | b"}," | [b'"', .., b','] => LINES,
        [b'{', .., b'}', b','] => LIST,
        [b'"', ..] if memchr::memmem::find(payload, b"\":").is_some() => LINES,
        _ => "",
    }
}

fn csv_field(error: &csv::Error) -> Option<usize> {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.field().and_then(|field| usize::try_from(field).ok()),
        _ => None,
    }
}

fn csv_message(error: &csv::Error, column: Option<&str>, f: &mut Formatter<'_>) -> fmt::Result {
    let csv::ErrorKind::Deserialize { err, .. } = error.kind() else {
        return write!(f, "{error}");
    };
    match (column, err.field()) {
        (Some(column), _) => write!(f, "column `{column}`: {}", err.kind())?,
        (None, Some(field)) => write!(f, "column {}: {}", field + 1, err.kind())?,
        (None, None) => write!(f, "{}", err.kind())?,
    }
    // Only where a type is not asked for it is guessed from the text.
    let guessed = matches!(err.kind(), csv::DeserializeErrorKind::Message(what)
        if ["integer", "floating point", "boolean", "string"].iter().any(|ty| what.starts_with(&format!("invalid type: {ty}")))
            || what.contains("untagged enum"));
    if guessed {
        f.write_str(
            " (within `#[serde(flatten)]` and `#[serde(untagged)]` the type of a CSV field is guessed from its text, so \
             that `0123` is a number: list the fields in one struct, without them)",
        )?;
    }
    Ok(())
}

/// Columns that a message lists.
const LISTED: usize = 20;

/// What columns there are, for a message.
fn columns(header: &ByteRecord) -> String {
    let names: Vec<String> = header
        .iter()
        .take(LISTED)
        .map(|name| format!("`{}`", Shown(name)))
        .collect();
    let more = match header.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let mut text = format!("the header has the columns {}{more}", names.join(", "));
    if let Some(delimiter) = other_delimiter(header) {
        // Writing into a text does not fail.
        let _ = is_it(delimiter, &mut text);
    } else if header.iter().any(|name| name.trim_ascii() != name) {
        text += "; `trim = true` takes blanks away";
    }
    text
}

/// Asks for the delimiter.
fn is_it(delimiter: &str, f: &mut impl Write) -> fmt::Result {
    write!(
        f,
        "; is the delimiter `{delimiter}`? Say so with `delimiter = b'{delimiter}'`"
    )
}

/// A single column whose name holds what may be the delimiter.
fn other_delimiter(header: &ByteRecord) -> Option<&'static str> {
    let name = header.get(0).filter(|_| header.len() == 1)?;
    let known = [(b';', ";"), (b'\t', "\\t"), (b'|', "|"), (b',', ",")];
    known
        .iter()
        .find(|(byte, _)| name.contains(byte))
        .map(|(_, text)| *text)
}

fn quotes_message(wrong: WrongQuotes, column: Option<&str>, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str("cannot decode CSV: ")?;
    match column {
        Some(column) => write!(f, "column `{column}`: ")?,
        None => write!(f, "column {}: ", wrong.field() + 1)?,
    }
    f.write_str(match wrong {
        WrongQuotes::Unclosed { .. } => {
            "the quote that opens the field is not closed: a quoted field may span lines, but no later line closes this \
             one as it should, so that its line is taken as the record, and the next line as a row of its own"
        }
        WrongQuotes::TextAfter { .. } => {
            "there is text after the quote that closes the field: a quote within a quoted field is written twice"
        }
        WrongQuotes::CarriageReturn { .. } => {
            "there is a carriage return without a line feed outside of quotes: do lines end with a carriage return only? \
             (`tr '\\r' '\\n'` makes line feeds of them)"
        }
    })
}

/// The message of a batch that fails over one payload. See [`decode_failure`].
#[derive(Debug)]
pub struct DecodeFailure<'a> {
    error: &'a DecodeError,
    payload: &'a [u8],
}

/// What the pipeline says when it stops at a payload: the error, the payload's first bytes, and what to do.
///
/// ```
/// use streaming_runtime::op;
/// let payload = br#"{"user": 7}"#;
/// let error = op::json::<Vec<u8>>(payload).unwrap_err();
/// assert_eq!(
///     op::decode_failure(&error, payload).to_string(),
///     "cannot decode JSON into `Vec<u8>`: invalid type: map, expected a sequence\n  \
///      payload: {\"user\": 7}\n  \
///      help: go on without such records with `.on_error(skip)`, or keep them with `.on_error(dead_letter(…))`"
/// );
/// ```
#[must_use]
pub fn decode_failure<'a>(error: &'a DecodeError, payload: &'a [u8]) -> DecodeFailure<'a> {
    DecodeFailure { error, payload }
}

impl Display for DecodeFailure<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (error, payload) = (self.error, Shown(self.payload));
        write!(f, "{error}\n  payload: {payload}\n  ")?;
        f.write_str(
            "help: go on without such records with `.on_error(skip)`, or keep them with `.on_error(dead_letter(…))`",
        )
    }
}

/// The first bytes of a payload, on one line.
pub(crate) struct Shown<'a>(pub(crate) &'a [u8]);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(SHOWN_BYTES)];
        for chunk in shown.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c.is_control() {
                    write!(f, "{}", c.escape_default())?;
                } else {
                    write!(f, "{c}")?;
                }
            }
            // A character that the limit cut in two is not shown as wrong.
            let cut = chunk.invalid().as_ptr_range().end == shown.as_ptr_range().end && shown.len() < self.0.len();
            if !cut {
                write!(f, "{}", chunk.invalid().escape_ascii())?;
            }
        }
        match self.0.len() - shown.len() {
            0 => Ok(()),
            more => write!(f, "… ({more} bytes more)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_shown_on_one_line() {
        assert_eq!(Shown(b"a\n\xff\"\t\xc3\xa9").to_string(), "a\\n\\xff\"\\té");
        assert_eq!(
            Shown("é".repeat(150).as_bytes()).to_string(),
            format!("{}… (100 bytes more)", "é".repeat(100))
        );
        let odd = format!("x{}", "é".repeat(100));
        assert_eq!(
            Shown(odd.as_bytes()).to_string(),
            format!("x{}… (1 bytes more)", "é".repeat(99))
        );
    }
}
