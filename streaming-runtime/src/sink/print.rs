use std::fmt::Display;
use std::io::Write;

use super::{BatchId, Encode, Sink, SinkError, delivery};

/// `.print()`: a line per record on standard output.
#[derive(Debug, Default)]
pub struct Print {
    prepared: Vec<Vec<u8>>,
}

/// Prints every record on a line of its own: by its `Display`, or by its `Debug` where it has no `Display`.
#[must_use]
pub fn print() -> Print {
    Print::default()
}

/// Encodes a record as one line of text.
#[derive(Debug, Clone, Copy)]
pub struct TextLine;

impl<T: Display> Encode<T, Vec<u8>> for TextLine {
    fn encode(&self, record: T, staged: &mut Vec<u8>) -> Result<(), SinkError> {
        writeln!(staged, "{record}").map_err(|e| SinkError::new(format!("cannot print a record: {e}")))
    }
}

impl Sink for Print {
    type Staged = Vec<u8>;
    type Encoder = TextLine;
    type Delivery = delivery::AtLeastOnce;

    fn encoder(&self) -> TextLine {
        TextLine
    }

    fn stage(before: Option<&Vec<u8>>) -> Vec<u8> {
        Vec::with_capacity(before.map_or(0, Vec::len))
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<u8>>) -> Result<(), SinkError> {
        self.prepared = staged;
        Ok(())
    }

    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        let mut out = std::io::stdout().lock();
        self.prepared
            .drain(..)
            .try_for_each(|lines| out.write_all(&lines))
            .and_then(|()| out.flush())
            .map_err(|e| SinkError::of_system(format!("cannot write to standard output: {e}"), &e))
    }

    async fn abort(&mut self, _: &BatchId) {
        self.prepared.clear();
    }

    fn rows(staged: &Vec<u8>) -> Option<Vec<Vec<u8>>> {
        Some(
            staged
                .split_inclusive(|b| *b == b'\n')
                .map(|line| line[..line.len() - 1].to_vec())
                .collect(),
        )
    }
}
