use std::fmt::{self, Display, Formatter};
use std::str::Utf8Error;

use super::name::ShortName;

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
    },
    Csv {
        error: csv::Error,
        into: ShortName,
        /// Name of the column, where the error is in one that has a name.
        column: Option<Box<str>>,
    },
    Ragged {
        found: usize,
        expected: usize,
    },
    NoHeader,
}

impl DecodeError {
    #[cold]
    pub(super) fn text(error: Utf8Error) -> Self {
        Self(Kind::Text(error))
    }

    #[cold]
    pub(super) fn json(error: serde_json::Error, into: fn() -> &'static str) -> Self {
        let into = ShortName(into);
        Self(Kind::Json { error, into })
    }

    #[cold]
    pub(super) fn csv(error: csv::Error, into: fn() -> &'static str, header: Option<&csv::ByteRecord>) -> Self {
        let into = ShortName(into);
        let column = csv_field(&error)
            .and_then(|field| header?.get(field))
            .map(|name| String::from_utf8_lossy(name).into());
        Self(Kind::Csv { error, into, column })
    }

    #[cold]
    pub(super) fn ragged(found: usize, expected: usize) -> Self {
        Self(Kind::Ragged { found, expected })
    }

    #[cold]
    pub(super) fn no_header() -> Self {
        Self(Kind::NoHeader)
    }
}

impl Display for DecodeError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Text(error) => write!(f, "cannot decode text: byte {} is not UTF-8", error.valid_up_to()),
            Kind::Json { error, into } => {
                write!(f, "cannot decode JSON into `{into}`: ")?;
                json_message(error, f)
            }
            Kind::Csv { error, into, column } => {
                write!(f, "cannot decode CSV into `{into}`: ")?;
                csv_message(error, column.as_deref(), f)
            }
            Kind::Ragged { found, expected } => {
                write!(
                    f,
                    "cannot decode CSV: the row has {found} fields, the header has {expected}"
                )
            }
            Kind::NoHeader => {
                f.write_str("cannot decode CSV: this source has no header row, use `.csv(header = false)`")
            }
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
    }
    Ok(())
}

fn csv_field(error: &csv::Error) -> Option<usize> {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.field().and_then(|field| usize::try_from(field).ok()),
        _ => None,
    }
}

fn csv_message(error: &csv::Error, column: Option<&str>, f: &mut Formatter<'_>) -> fmt::Result {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => match (column, err.field()) {
            (Some(column), _) => write!(f, "column `{column}`: {}", err.kind()),
            (None, Some(field)) => write!(f, "column {}: {}", field + 1, err.kind()),
            (None, None) => write!(f, "{}", err.kind()),
        },
        _ => write!(f, "{error}"),
    }
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
pub(super) struct Shown<'a>(pub(super) &'a [u8]);

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
