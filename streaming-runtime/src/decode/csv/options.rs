use crate::source::framing::Csv;

/// How CSV is written, as the options of `.csv::<T>(…)` say. The base is RFC 4180, with any line end of `\n` or `\r\n`.
///
/// ```
/// use streaming_runtime::op::CsvOptions;
/// let german = CsvOptions::default().delimiter(b';').null("NA").trim(true);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvOptions {
    pub(super) header: bool,
    pub(super) delimiter: u8,
    pub(super) null: Option<&'static str>,
    pub(super) comment: Option<u8>,
    pub(super) trim: bool,
    pub(super) flexible: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl CsvOptions {
    pub(crate) const DEFAULT: Self = Self {
        header: true,
        delimiter: b',',
        null: None,
        comment: None,
        trim: false,
        flexible: false,
    };

    /// RFC 4180 with a header.
    #[must_use]
    pub const fn new() -> Self {
        Self::DEFAULT
    }

    /// The first row of each file (of each connection, of all of standard input, of the rows that a test pushes) names the columns; so it is
    /// by default. Without it fields are taken in their order.
    #[must_use]
    pub const fn header(self, header: bool) -> Self {
        Self { header, ..self }
    }

    /// The byte between two fields; a comma by default.
    ///
    /// # Panics
    /// When it is a quote or a line end, or begins a comment.
    #[must_use]
    #[track_caller]
    pub const fn delimiter(self, delimiter: u8) -> Self {
        Self { delimiter, ..self }.checked()
    }

    /// A field that is this text, without quotes, is read as an empty one: `None` of an `Option`.
    ///
    /// # Panics
    /// When it is empty, as an empty field is `None` anyway.
    #[must_use]
    #[track_caller]
    pub const fn null(self, text: &'static str) -> Self {
        assert!(
            !text.is_empty(),
            "`null` takes a text that is not empty: an empty field is `None` without it"
        );
        Self {
            null: Some(text),
            ..self
        }
    }

    /// A row that begins with this byte is no record.
    ///
    /// # Panics
    /// When it is a quote, a line end or the delimiter.
    #[must_use]
    #[track_caller]
    pub const fn comment(self, byte: u8) -> Self {
        Self {
            comment: Some(byte),
            ..self
        }
        .checked()
    }

    /// Blanks and tabs around a field, or around its quotes, are no part of it. Rows of nothing else are no records.
    #[must_use]
    pub const fn trim(self, trim: bool) -> Self {
        Self { trim, ..self }
    }

    /// A row may have fewer fields than the header, then the last columns are missing: `None`, the `default` of the field, or an
    /// error. It may have more fields, which are ignored.
    #[must_use]
    pub const fn flexible(self, flexible: bool) -> Self {
        Self { flexible, ..self }
    }

    #[track_caller]
    const fn checked(self) -> Self {
        assert!(
            !matches!(self.delimiter, b'"' | b'\n' | b'\r'),
            "`delimiter` cannot be a quote or a line end"
        );
        if let Some(comment) = self.comment {
            assert!(
                !matches!(comment, b'"' | b'\n' | b'\r') && comment != self.delimiter,
                "`comment` cannot be a quote, a line end or the delimiter"
            );
        }
        self
    }

    /// What the cut of rows depends on.
    pub(crate) const fn framing(self) -> Csv {
        Csv {
            header: self.header,
            delimiter: self.delimiter,
            comment: self.comment,
            trim: self.trim,
        }
    }
}
