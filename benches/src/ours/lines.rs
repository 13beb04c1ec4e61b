//! Text in memory, read as a file is: in blocks that are cut at ends of lines, without the copy from the file.

use streaming_runtime::source::{Event, Fetched, Open, Payloads, Source, SourceError, replay};

use super::lent::Nowhere;
use crate::hand::cut_lines;

/// Text that a worker takes at a time.
const PIECE: usize = 256 << 10;

/// A source of lines.
#[derive(Debug)]
pub(crate) struct Lines {
    text: &'static [u8],
    pieces: std::vec::IntoIter<&'static [u8]>,
    announced: bool,
}

/// The lines of a text.
pub(crate) fn lines(text: &'static [u8]) -> Lines {
    Lines {
        text,
        pieces: Vec::new().into_iter(),
        announced: false,
    }
}

impl Source for Lines {
    type Chunk = Piece;
    /// Pieces that are left.
    type Position = u64;
    type Replay = replay::Replayable;

    async fn open(&mut self, _: Open<u64>) -> Result<(), SourceError> {
        self.pieces = cut_lines(self.text, PIECE).into_iter();
        Ok(())
    }

    async fn next(&mut self) -> Result<Event<Piece, u64>, SourceError> {
        if !std::mem::replace(&mut self.announced, true) {
            let label = "text".to_owned();
            return Ok(Event::Added { partition: 0, label });
        }
        let Some(piece) = self.pieces.next() else {
            return Ok(Event::Ended);
        };
        Ok(Event::Chunk(Fetched {
            partition: 0,
            chunk: Piece(piece),
            rows: 0,
            bytes: piece.len() as u64,
            next: self.pieces.len() as u64,
            lag: None,
        }))
    }

    async fn commit(&mut self, _: &[(u32, u64)]) -> Result<(), SourceError> {
        Ok(())
    }
}

/// Some whole lines.
#[derive(Debug)]
pub(crate) struct Piece(&'static [u8]);

impl Payloads for Piece {
    type Meta<'c> = Nowhere;

    fn payloads(&self) -> impl Iterator<Item = (Nowhere, &[u8])> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let end = memchr::memchr(b'\n', rest)?;
            let line = &rest[..end];
            rest = &rest[end + 1..];
            Some((Nowhere, line))
        })
    }
}
