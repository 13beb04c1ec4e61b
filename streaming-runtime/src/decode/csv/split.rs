use ::csv::ByteRecord;
use memchr::memchr;

/// Splits a row into fields.
#[derive(Debug)]
pub(super) struct Splitter {
    delimiter: u8,
    /// For rows with quotes.
    reader: csv_core::Reader,
    unquoted: Vec<u8>,
    ends: Vec<usize>,
}

impl Splitter {
    pub(super) fn new(delimiter: u8) -> Self {
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
    pub(super) fn split(&mut self, row: &[u8], fields: &mut ByteRecord) {
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
