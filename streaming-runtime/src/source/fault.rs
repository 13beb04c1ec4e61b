//! Records that a source could not hand out as they are.

use std::fmt::{self, Display, Formatter};

/// Why a source cannot hand out a record as it is: the decoder makes an error of it, which goes where errors of decoding go. What is lent as
/// the record's payload are its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The record is longer than the source may hold in memory.
    TooLong {
        /// The limit, in bytes.
        limit: u64,
        /// The record's bytes without its line end; `None` where its end was not seen yet.
        length: Option<u64>,
        /// There are carriage returns within its first bytes.
        carriage_returns: bool,
    },
    /// The input, from its start to its end, is not text in lines: nothing of it is read.
    NotText(&'static Signature),
    /// The input has no line feed, but carriage returns.
    CarriageReturns,
    /// The record holds bytes that are 0, as a hole in a file gives: a crash leaves one, or a writer that goes on where it was after its file was
    /// truncated. The payload is what comes before the last of them, and what comes after them is a record of its own.
    Zeros {
        /// How many they are.
        count: u64,
    },
    /// The quotes of the row that names the columns are wrong, or it is no text: nothing of the input is read.
    Header,
}

/// A kind of input that is recognised by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    magic: &'static [u8],
    /// `the input … : …`
    what: &'static str,
}

const fn signature(magic: &'static [u8], what: &'static str) -> Signature {
    Signature { magic, what }
}

/// No signature holds a line feed, so that one line is enough to know it.
static SIGNATURES: [Signature; 12] = [
    signature(
        b"\x1f\x8b",
        "is compressed with gzip: decompress it first, for example with `gzip -dc`",
    ),
    signature(
        b"\x28\xb5\x2f\xfd",
        "is compressed with zstd: decompress it first, for example with `zstd -dc`",
    ),
    signature(
        b"BZh91AY&SY",
        "is compressed with bzip2: decompress it first, for example with `bzip2 -dc`",
    ),
    signature(
        b"\xfd7zXZ\0",
        "is compressed with xz: decompress it first, for example with `xz -dc`",
    ),
    signature(
        b"\x04\x22\x4d\x18",
        "is compressed with lz4: decompress it first, for example with `lz4 -dc`",
    ),
    signature(
        b"PK\x03\x04",
        "is a zip archive (as an Excel workbook is): unpack it, or export it as text",
    ),
    signature(
        b"PAR1\x15",
        "is a Parquet file, which is not text: export it as CSV or JSON lines",
    ),
    signature(
        b"Obj\x01",
        "is an Avro file, which is not text: export it as CSV or JSON lines",
    ),
    signature(
        b"\xd0\xcf\x11\xe0",
        "is an Office document, which is not text: export it as CSV",
    ),
    UTF_32,
    signature(b"\xff\xfe", UTF_16),
    signature(b"\xfe\xff", UTF_16),
];

const UTF_16: &str = "is UTF-16, not UTF-8: convert it first, for example with `iconv -f UTF-16 -t UTF-8`";
const UTF_32: Signature = signature(
    b"\xff\xfe\0\0",
    "is UTF-32, not UTF-8: convert it first, for example with `iconv -f UTF-32 -t UTF-8`",
);
static UTF_16_UNMARKED: [Signature; 2] = [
    signature(
        b"",
        "is UTF-16 (little endian), not UTF-8: convert it first, for example with `iconv -f UTF-16LE -t UTF-8`",
    ),
    signature(
        b"",
        "is UTF-16 (big endian), not UTF-8: convert it first, for example with `iconv -f UTF-16BE -t UTF-8`",
    ),
];

/// As many bytes as are looked at, unless a line feed comes before.
pub(super) const SIGNATURE_BYTES: usize = 64;

/// What input is, which begins with these bytes, where it is not text. They are its first line, or [`SIGNATURE_BYTES`].
pub(super) fn not_text(start: &[u8]) -> Option<Fault> {
    let marked = SIGNATURES.iter().find(|known| start.starts_with(known.magic));
    let unmarked = || {
        let zeros = |first: usize| start.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
        let (even, odd) = (zeros(0), zeros(1));
        let most = |zeros: usize| start.len() >= 3 && zeros * 2 > start.len() / 2;
        match (even, odd) {
            (0, odd) if most(odd) => Some(&UTF_16_UNMARKED[0]),
            (even, 0) if most(even) => Some(&UTF_16_UNMARKED[1]),
            _ => None,
        }
    };
    marked.or_else(unmarked).map(Fault::NotText)
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooLong {
                limit,
                length,
                carriage_returns,
            } => {
                f.write_str("the record is longer than ")?;
                write_size(limit, f)?;
                if let Some(length) = length {
                    write!(f, ": it has {length} bytes")?;
                }
                f.write_str(if carriage_returns {
                    ": do its lines end with a carriage return only? (`tr '\\r' '\\n'` makes line feeds of them)"
                } else {
                    ": is the input text in lines? Larger records need `max_record = …`"
                })
            }
            Self::NotText(signature) => write!(f, "the input {}", signature.what),
            Self::CarriageReturns => f.write_str(
                "the lines of the input end with a carriage return only, not with a line feed: convert it first, \
                 for example with `tr '\\r' '\\n'`",
            ),
            Self::Zeros { count } => write!(
                f,
                "there is a hole of {count} bytes that are 0, which are no text: a crash has left it, or a writer that did not begin anew when its file \
                 was truncated; `on_error(skip)` passes over it"
            ),
            Self::Header => f.write_str(
                "the header has a quoted field that is not closed on its line, text after a closing quote, or bytes that are \
                 0: nothing of the input is read",
            ),
        }
    }
}

fn write_size(bytes: u64, f: &mut Formatter<'_>) -> fmt::Result {
    if bytes.is_multiple_of(1 << 20) {
        write!(f, "{} MiB", bytes >> 20)
    } else {
        write!(f, "{bytes} bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(start: &[u8]) -> String {
        not_text(start).map(|fault| fault.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_is_not_text_is_named() {
        assert!(named(b"\x1f\x8b\x08\0").contains("gzip"));
        assert!(named(b"\xff\xfea\0").contains("UTF-16, not"));
        assert!(named(b"\xff\xfe\0\0a\0\0\0").contains("UTF-32"));
        assert!(named(b"a\0b\0\n").contains("UTF-16LE"));
        assert!(named(b"\0a\0,\0b\0\n").contains("UTF-16BE"));
        assert!(named(b"1\0\n").contains("UTF-16LE"));
        assert!(named(b"PAR1\x15\x04").contains("Parquet"));
    }

    #[test]
    fn text_is_text() {
        for text in [
            &b""[..],
            b"\n",
            b"\0",
            b"\0\n",
            b"PAR1,a\n",
            b"BZh\n",
            b"a\0\0b\n",
            b"PK,1\n",
            "é\n".as_bytes(),
        ] {
            assert_eq!(not_text(text), None, "{text:?}");
        }
        assert_eq!(not_text(&[0; 64]), None, "nothing but zeros is not UTF-16");
    }
}
