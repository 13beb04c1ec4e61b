//! `stdin`: what is piped or typed into the program.

use std::future::poll_fn;
use std::io::Read;
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::cutter::Cutter;
use super::{Block, Event, Fetched, Framing, Open, Source, SourceError, replay};
use crate::bench::{At, Rows};

/// Blocks that wait for the pipeline; behind them the pipe fills, and then its writer waits.
const BLOCKS_AHEAD: usize = 2;

/// `stdin()`: the records of standard input.
///
/// A line is handed on as soon as it is there. The source ends with the input, in a bounded run too; a last line without a line end
/// counts. What was read cannot be read again. The offset of a record is that of its first byte.
///
/// ```
/// use streaming_runtime::source::stdin;
/// let lines = stdin();
/// ```
///
/// # Errors
/// The source stops when standard input cannot be read.
#[derive(Debug)]
pub struct Stdin {
    framing: Framing,
    state: State,
}

#[derive(Debug)]
enum State {
    Closed,
    New(Receiver<Result<Read1, SourceError>>),
    Open {
        blocks: Receiver<Result<Read1, SourceError>>,
        caught_up: bool,
    },
}

/// A block, and the offset behind it.
type Read1 = (Block, u64);

/// Reads standard input. See [`Stdin`].
#[must_use]
pub fn stdin() -> Stdin {
    Stdin {
        framing: Framing::lines(),
        state: State::Closed,
    }
}

impl Source for Stdin {
    type Chunk = Block;
    type Position = u64;
    type Replay = replay::Gone;

    fn framed(self, framing: Framing) -> Self {
        Self { framing, ..self }
    }

    fn offset(chunk: &Block, row: u64) -> u64 {
        chunk.offset_of(row)
    }

    async fn open(&mut self, open: Open<u64>) -> Result<(), SourceError> {
        self.start(&open)
    }

    async fn next(&mut self) -> Result<Event<Block, u64>, SourceError> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    async fn commit(&mut self, _: &[(u32, u64)]) -> Result<(), SourceError> {
        Ok(())
    }

    fn chunk_for_test(&self, rows: Rows, at: &At) -> Result<Block, String> {
        Block::for_test(self.framing, rows, at)
    }

    async fn close(&mut self) {
        self.state = State::Closed;
    }
}

/// The source itself. These are no async functions, which would be compiled in every crate that reads standard input.
impl Stdin {
    fn start(&mut self, open: &Open<u64>) -> Result<(), SourceError> {
        let (sender, receiver) = channel(BLOCKS_AHEAD);
        let cutter = Cutter::new(self.framing, "stdin").chunk_rows(open.chunk_rows).at_once();
        let chunk_bytes = open.chunk_bytes.max(1);
        // A thread of its own, not one of tokio's: a read from a terminal cannot be interrupted, and must not keep the program from ending.
        std::thread::Builder::new()
            .name("stream-stdin".to_owned())
            .spawn(move || pump(std::io::stdin(), cutter, chunk_bytes, &sender))
            .map_err(|e| SourceError::new(format!("cannot start a thread to read standard input: {e}")))?;
        self.state = State::New(receiver);
        Ok(())
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Event<Block, u64>, SourceError>> {
        match std::mem::replace(&mut self.state, State::Closed) {
            State::New(blocks) => {
                let caught_up = false;
                self.state = State::Open { blocks, caught_up };
                let label = "stdin".to_owned();
                return Poll::Ready(Ok(Event::Added { partition: 0, label }));
            }
            other => self.state = other,
        }
        let State::Open { blocks, caught_up } = &mut self.state else {
            return Poll::Ready(Ok(Event::Ended));
        };
        let received = match blocks.try_recv() {
            Ok(received) => Some(received),
            Err(TryRecvError::Empty) if !*caught_up => {
                *caught_up = true;
                return Poll::Ready(Ok(Event::CaughtUp { partition: 0 }));
            }
            Err(_) => ready!(blocks.poll_recv(cx)),
        };
        *caught_up = false;
        let Some(received) = received else {
            self.state = State::Closed;
            return Poll::Ready(Ok(Event::Ended));
        };
        Poll::Ready(received.map(|(chunk, next)| {
            Event::Chunk(Fetched {
                partition: 0,
                rows: chunk.rows(),
                bytes: chunk.size(),
                chunk,
                next,
                lag: None,
            })
        }))
    }
}

/// Reads until the input or the pipeline ends. Every read hands on what it brought, so that nothing waits for more.
fn pump(mut input: impl Read, mut cutter: Cutter, room: usize, blocks: &Sender<Result<Read1, SourceError>>) {
    loop {
        let buffer = cutter.space(room);
        let len = buffer.len();
        buffer.resize(len + room, 0);
        let read = input.read(&mut buffer[len..]);
        buffer.truncate(len + *read.as_ref().unwrap_or(&0));
        let ended = match read {
            Ok(read) => read == 0,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => {
                let error = SourceError::of_system(format!("cannot read standard input: {e}"), &e);
                // Where nobody receives it, the pipeline has closed the source.
                let _ = blocks.blocking_send(Err(error));
                return;
            }
        };
        while let Some(block) = if ended { cutter.finish() } else { cutter.cut() } {
            // The pipeline has closed the source when nobody receives.
            if blocks.blocking_send(Ok((block, cutter.offset()))).is_err() {
                return;
            }
        }
        if ended {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Payloads;

    /// A pipe whose reads give these pieces.
    struct Pipe(std::vec::IntoIter<&'static str>);

    impl Read for Pipe {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let piece = self.0.next().unwrap_or_default().as_bytes();
            into[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn pumped(pieces: Vec<&'static str>, framing: Framing) -> Vec<(Vec<String>, u64)> {
        let (sender, mut receiver) = channel(16);
        pump(Pipe(pieces.into_iter()), Cutter::new(framing, "stdin"), 64, &sender);
        drop(sender);
        std::iter::from_fn(|| receiver.blocking_recv())
            .map(|block| {
                let (block, next) = block.unwrap();
                let text = |payload: &[u8]| String::from_utf8(payload.to_vec()).unwrap();
                (block.payloads().map(|(_, payload)| text(payload)).collect(), next)
            })
            .collect()
    }

    #[test]
    fn every_read_hands_on_its_whole_lines() {
        let blocks = pumped(vec!["one\ntw", "o\r\n", "thr", "ee"], Framing::lines());
        let expect = [
            (vec!["one".to_owned()], 4),
            (vec!["two".to_owned()], 9),
            (vec!["three".to_owned()], 14),
        ];
        assert_eq!(blocks, expect);
    }

    #[test]
    fn a_line_from_a_pipe_does_not_wait_for_the_next() {
        use std::io::Write;
        let (reader, mut writer) = std::io::pipe().unwrap();
        let (sender, mut receiver) = channel(1);
        let cutter = Cutter::new(Framing::lines(), "stdin");
        let pumping = std::thread::spawn(move || pump(reader, cutter, 64, &sender));
        for line in ["one\n", "two\n"] {
            writer.write_all(line.as_bytes()).unwrap();
            let (block, _) = receiver.blocking_recv().unwrap().unwrap();
            assert_eq!(block.payloads().next().unwrap().1, line.trim().as_bytes());
        }
        drop(writer);
        assert!(receiver.blocking_recv().is_none());
        pumping.join().unwrap();
    }

    #[test]
    fn no_input_is_no_block() {
        assert_eq!(pumped(vec![], Framing::lines()), []);
    }

    #[test]
    fn a_row_may_span_reads() {
        let framing = Framing::csv(crate::decode::CsvOptions::default().delimiter(b';'));
        let blocks = pumped(vec!["a;b\n\"x\n", "y\";1\n2;3"], framing);
        let rows: Vec<String> = blocks.into_iter().flat_map(|(rows, _)| rows).collect();
        assert_eq!(rows, ["\"x\ny\";1", "2;3"]);
    }
}
