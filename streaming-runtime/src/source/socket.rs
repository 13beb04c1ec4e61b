use std::fmt::Display;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::cutter::Cutter;
use super::{Block, Event, Fetched, Framing, Open, Source, SourceError, replay};
use crate::bench::{At, Rows};

/// `socket(addr)`: the records that a TCP server sends.
///
/// ```
/// use std::time::Duration;
/// use streaming_runtime::source::socket;
/// let lines = socket("127.0.0.1:9999").reconnect(Duration::from_secs(1));
/// ```
///
/// The source connects when the pipeline starts, and ends when the server closes the connection; a last line without a line end counts.
/// With [`reconnect`](Socket::reconnect) it connects again instead, except in a bounded run. With `.csv()` the first row of each connection
/// names the columns. What was read cannot be read again. The offset of a record is that of its first byte since the start.
///
/// # Errors
/// Without `reconnect` the source stops when it cannot connect and when the connection breaks.
#[derive(Debug)]
pub struct Socket {
    address: String,
    reconnect: Option<Duration>,
    framing: Framing,
    bounded: bool,
    chunk_rows: usize,
    room: usize,
    announced: bool,
    caught_up: bool,
    cutter: Cutter,
    state: State,
}

#[derive(Debug)]
enum State {
    /// To be connected.
    Apart,
    Connected(TcpStream),
    /// The server has closed the connection.
    Closed,
    /// Until the next attempt to connect.
    Waiting(Pin<Box<Sleep>>),
    Ended,
}

/// Reads records from a TCP server: `"host:port"` or a socket address. See [`Socket`].
#[must_use]
pub fn socket(address: impl Display) -> Socket {
    let address = address.to_string();
    Socket {
        cutter: Cutter::new(Framing::lines(), address.as_str()),
        address,
        reconnect: None,
        framing: Framing::lines(),
        bounded: false,
        chunk_rows: usize::MAX,
        room: 1,
        announced: false,
        caught_up: false,
        state: State::Apart,
    }
}

impl Socket {
    /// Connects again, `after` this pause, when the connection ends, breaks, or cannot be made.
    #[must_use]
    pub fn reconnect(self, after: Duration) -> Self {
        Self {
            reconnect: Some(after),
            ..self
        }
    }

    /// Goes one step on. Waits at most once, before it changes anything: the future may be dropped there.
    async fn step(&mut self) -> Result<Option<Event<Block, u64>>, SourceError> {
        let ended = matches!(self.state, State::Closed);
        if let Some(block) = if ended { self.cutter.finish() } else { self.cutter.cut() } {
            return Ok(Some(self.chunk(block)));
        }
        match &mut self.state {
            State::Apart => self.connect().await?,
            State::Connected(stream) => match stream.try_read_buf(self.cutter.space(self.room)) {
                Ok(0) => self.state = State::Closed,
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    if !std::mem::replace(&mut self.caught_up, true) {
                        return Ok(Some(Event::CaughtUp { partition: 0 }));
                    }
                    // A broken connection is told by the next read.
                    let _ = stream.readable().await;
                }
                Err(e) => self.lost("lost the connection to", &e)?,
            },
            State::Closed => {
                self.state = match self.reconnect {
                    Some(pause) if !self.bounded => State::Waiting(Box::pin(sleep(pause))),
                    _ => State::Ended,
                }
            }
            State::Waiting(until) => {
                until.await;
                self.state = State::Apart;
            }
            State::Ended => return Ok(Some(Event::Ended)),
        }
        Ok(None)
    }

    async fn connect(&mut self) -> Result<(), SourceError> {
        match TcpStream::connect(&self.address).await {
            Ok(stream) => {
                self.cutter = Cutter::new(self.framing, self.address.as_str())
                    .chunk_rows(self.chunk_rows)
                    .at_once()
                    .starting_at(self.cutter.offset());
                self.state = State::Connected(stream);
                Ok(())
            }
            Err(e) => self.lost("cannot connect to", &e),
        }
    }

    /// Without a connection: waits for the next attempt, or gives up. The part of a record that had come is dropped.
    fn lost(&mut self, what: &str, error: &io::Error) -> Result<(), SourceError> {
        let address = &self.address;
        if let Some(pause) = self.reconnect {
            tracing::warn!("{what} `{address}`: {error}: trying again in {pause:?}");
            self.state = State::Waiting(Box::pin(sleep(pause)));
            return Ok(());
        }
        self.state = State::Ended;
        let message =
            format!("{what} `{address}`: {error}: start the server first, or wait for it with `reconnect = 1s`");
        Err(SourceError::of_system(message, error))
    }

    fn chunk(&mut self, chunk: Block) -> Event<Block, u64> {
        self.caught_up = false;
        Event::Chunk(Fetched {
            partition: 0,
            rows: chunk.rows(),
            bytes: chunk.size(),
            chunk,
            next: self.cutter.offset(),
            lag: None,
        })
    }
}

impl Source for Socket {
    type Chunk = Block;
    type Position = u64;
    type Replay = replay::Gone;
    const GROWS: bool = true;

    fn framed(self, framing: Framing) -> Self {
        Self { framing, ..self }
    }

    fn offset(chunk: &Block, row: u64) -> u64 {
        chunk.offset_of(row)
    }

    async fn open(&mut self, open: Open<u64>) -> Result<(), SourceError> {
        self.bounded = open.bounded;
        self.room = open.chunk_bytes.max(1);
        self.chunk_rows = open.chunk_rows;
        self.connect().await
    }

    async fn next(&mut self) -> Result<Event<Block, u64>, SourceError> {
        if !std::mem::replace(&mut self.announced, true) {
            let label = self.address.clone();
            return Ok(Event::Added { partition: 0, label });
        }
        loop {
            if let Some(event) = self.step().await? {
                return Ok(event);
            }
        }
    }

    async fn commit(&mut self, _: &[(u32, u64)]) -> Result<(), SourceError> {
        Ok(())
    }

    fn chunk_for_test(&self, rows: Rows, at: &At) -> Result<Block, String> {
        Block::for_test(self.framing, rows, at)
    }

    async fn close(&mut self) {
        self.state = State::Ended;
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::decode::CsvOptions;
    use crate::source::{Meta, Payloads};

    fn how(bounded: bool) -> Open<u64> {
        Open {
            bounded,
            resume: Vec::new(),
            run: crate::run::Run::new("test"),
            chunk_rows: 1000,
            chunk_bytes: 64,
        }
    }

    /// A server that sends these texts, each on a connection of its own.
    async fn server(texts: Vec<&'static str>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            for text in texts {
                let (mut stream, _) = listener.accept().await.unwrap();
                for piece in text.split_inclusive('|') {
                    stream.write_all(piece.trim_end_matches('|').as_bytes()).await.unwrap();
                    stream.flush().await.unwrap();
                    tokio::task::yield_now().await;
                }
            }
        });
        address.to_string()
    }

    /// Reads until the source ends or has given so many records.
    async fn read(source: &mut Socket, records: usize) -> Vec<String> {
        let mut found = Vec::new();
        while found.len() < records {
            match source.next().await.unwrap() {
                Event::Chunk(fetched) => {
                    let one = |(at, payload): (crate::source::Origin<'_>, &[u8])| {
                        format!("{} {}", at.offset(), String::from_utf8_lossy(payload))
                    };
                    found.extend(fetched.chunk.payloads().map(one));
                }
                Event::Ended => break,
                _ => {}
            }
        }
        found
    }

    #[tokio::test]
    async fn it_ends_when_the_server_closes() {
        let address = server(vec!["one\nt|wo\r\n|three"]).await;
        let mut source = socket(&address);
        source.open(how(false)).await.unwrap();
        assert_eq!(read(&mut source, 100).await, ["0 one", "4 two", "9 three"]);
        assert!(matches!(source.next().await.unwrap(), Event::Ended));
    }

    #[tokio::test(start_paused = true)]
    async fn it_connects_again() {
        let address = server(vec!["a,b\n1,2", "a,b\n3,4\n"]).await;
        let framing = Framing::csv(CsvOptions::default());
        let mut source = socket(&address).reconnect(Duration::from_secs(5)).framed(framing);
        source.open(how(false)).await.unwrap();
        assert_eq!(read(&mut source, 2).await, ["4 1,2", "11 3,4"]);
    }

    #[tokio::test]
    async fn a_bounded_run_does_not_connect_again() {
        let address = server(vec!["1\n", "2\n"]).await;
        let mut source = socket(&address).reconnect(Duration::ZERO);
        source.open(how(true)).await.unwrap();
        assert_eq!(read(&mut source, 100).await, ["0 1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn it_waits_for_a_server_only_when_told_so() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = socket(address).open(how(false)).await.unwrap_err().to_string();
        let expect = format!("cannot connect to `{address}`: Connection refused");
        assert!(error.starts_with(&expect), "{error}");

        let mut source = socket(address).reconnect(Duration::from_secs(5));
        source.open(how(false)).await.unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"here\n").await.unwrap();
        };
        let (found, ()) = tokio::join!(read(&mut source, 1), serve);
        assert_eq!(found, ["0 here"]);
    }
}
