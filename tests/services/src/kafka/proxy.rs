//! A network that loses, delays and doubles what clients of a broker ask.
//!
//! It stands between clients and one broker, which is known to these clients by the proxy's port alone
//! ([`Kafka::start_with_proxy`](super::Kafka::start_with_proxy)). A request is four bytes of length, then its kind and its version of two
//! bytes each; a broker answers the requests of a connection in order, so that answers need not be understood.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::{Error, Result};

/// Kinds of requests, as Kafka's protocol numbers them.
pub mod request {
    /// Records.
    pub const PRODUCE: i16 = 0;
    /// A producer begins, and ends the transaction of the one before.
    pub const BEGIN_PRODUCER: i16 = 22;
    /// The partitions that a transaction writes to.
    pub const ADD_PARTITIONS: i16 = 24;
    /// The group whose offsets a transaction commits.
    pub const ADD_OFFSETS: i16 = 25;
    /// Commits or aborts a transaction.
    pub const END_TRANSACTION: i16 = 26;
    /// Offsets of a group, within a transaction.
    pub const OFFSETS: i16 = 28;
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It arrives, and those behind it, after this time.
    Delay(Duration),
    /// It arrives twice, before the client is told anything of it.
    Twice,
    /// The connection is lost before the broker has it.
    LoseRequest,
    /// The broker has done it, and the connection is lost before the client knows.
    LoseAnswer,
    /// The client loses the connection at once, and the broker gets the request after this time: behind what the client asks again.
    Late(Duration),
    /// The same, but the broker gets it with [`Proxy::release`].
    Held,
}

/// Says what becomes of the next request, from its kind.
type Decide = Box<dyn FnMut(i16) -> Option<Fault> + Send>;

/// A proxy in front of one broker.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    decide: Mutex<Decide>,
    target: Mutex<Option<u16>>,
    held: Mutex<Held>,
    change: Condvar,
}

/// Requests that the broker is to get later.
#[derive(Debug, Default)]
struct Held {
    /// How often those that were held have been released.
    released: u64,
    waiting: usize,
    /// Released, and not answered yet.
    landing: usize,
    closed: bool,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("target", &self.target)
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

/// What is to become of an answer.
enum Answer {
    Pass,
    /// It is the last thing on this connection, and the client does not get it.
    Lose,
}

impl Proxy {
    /// Listens on a free port. Nothing goes through before [`Proxy::forward_to`].
    pub(super) fn listen() -> Result<Self> {
        let error = |e: io::Error| Error::new(format!("cannot listen on 127.0.0.1: {e}"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(error)?;
        let port = listener.local_addr().map_err(error)?.port();
        let shared = Arc::new(Shared {
            decide: Mutex::new(Box::new(|_| None)),
            target: Mutex::new(None),
            held: Mutex::default(),
            change: Condvar::new(),
        });
        let proxy = Self {
            port,
            shared: Arc::clone(&shared),
        };
        thread::spawn(move || accept(&listener, &shared));
        Ok(proxy)
    }

    pub(super) fn forward_to(&self, port: u16) {
        *lock(&self.shared.target) = Some(port);
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// For `bootstrap.servers`.
    #[must_use]
    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// From now on this says what becomes of each request, from its [kind](request).
    pub fn decide(&self, decide: impl FnMut(i16) -> Option<Fault> + Send + 'static) {
        *lock(&self.shared.decide) = Box::new(decide);
    }

    /// The next request of this kind; all others pass.
    pub fn next(&self, kind: i16, fault: Fault) {
        let mut fault = Some(fault);
        self.decide(move |of| if of == kind { fault.take() } else { None });
    }

    /// Nothing more happens to new requests.
    pub fn calm(&self) {
        self.decide(|_| None);
    }

    /// How many requests are [held](Fault::Held).
    #[must_use]
    pub fn held(&self) -> usize {
        lock(&self.shared.held).waiting
    }

    /// The broker gets what was held; returns when it has answered.
    pub fn release(&self) {
        let mut held = lock(&self.shared.held);
        held.released += 1;
        self.shared.change.notify_all();
        while held.waiting + held.landing > 0 {
            held = wait(&self.shared.change, held);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        lock(&self.shared.held).closed = true;
        self.shared.change.notify_all();
        // Wakes the thread that accepts.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait<'a>(change: &Condvar, held: MutexGuard<'a, Held>) -> MutexGuard<'a, Held> {
    change.wait(held).unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        if lock(&shared.held).closed {
            return;
        }
        let Ok(client) = client else { continue };
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            // Whatever ends a connection is news for nobody but the client.
            let _ = serve(&client, &shared);
        });
    }
}

/// Works on one connection of a client until it ends.
fn serve(client: &TcpStream, shared: &Shared) -> io::Result<()> {
    let broker = &connect(shared)?;
    client.set_nodelay(true)?;
    let (answers, expected) = channel();
    let _landed = thread::scope(|scope| {
        scope.spawn(move || {
            // Whatever ends it: nothing more comes on this connection.
            let _ = answer(client, broker, &expected);
            let _ = broker.shutdown(Shutdown::Both);
            let _ = client.shutdown(Shutdown::Both);
        });
        if let Ok(Asked::AnswerToCome(landing)) = ask(client, broker, &answers, shared) {
            return landing;
        }
        let _ = broker.shutdown(Shutdown::Both);
        None
    });
    Ok(())
}

fn connect(shared: &Shared) -> io::Result<TcpStream> {
    let port = lock(&shared.target).ok_or(io::ErrorKind::NotConnected)?;
    let broker = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    broker.set_nodelay(true)?;
    Ok(broker)
}

/// How the requests of a connection have ended.
enum Asked<'a> {
    Over,
    /// That of the last request, which the client does not get.
    AnswerToCome(Option<Landing<'a>>),
}

/// A request that was held, on its way to the broker until this is dropped.
struct Landing<'a>(&'a Shared);

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        lock(&self.0.held).landing -= 1;
        self.0.change.notify_all();
    }
}

/// Client to broker.
fn ask<'a>(
    mut client: &TcpStream,
    mut broker: &TcpStream,
    answers: &Sender<Answer>,
    shared: &'a Shared,
) -> io::Result<Asked<'a>> {
    let mut send = |answer: Answer, frame: &[u8]| {
        let _ = answers.send(answer);
        broker.write_all(frame)
    };
    loop {
        let frame = read_frame(&mut client)?;
        let kind = frame
            .get(4..6)
            .map_or(-1, |kind| i16::from_be_bytes([kind[0], kind[1]]));
        let fault = lock(&shared.decide)(kind);
        match fault {
            None => send(Answer::Pass, &frame)?,
            Some(Fault::Delay(time)) => {
                thread::sleep(time);
                send(Answer::Pass, &frame)?;
            }
            Some(Fault::Twice) => {
                let mut other = connect(shared)?;
                other.write_all(&frame)?;
                read_frame(&mut &other)?;
                send(Answer::Pass, &frame)?;
            }
            Some(Fault::LoseRequest) => return Ok(Asked::Over),
            Some(Fault::LoseAnswer) => {
                send(Answer::Lose, &frame)?;
                return Ok(Asked::AnswerToCome(None));
            }
            Some(fault @ (Fault::Late(_) | Fault::Held)) => {
                client.shutdown(Shutdown::Both)?;
                let Some(landing) = hold(shared, fault) else {
                    return Ok(Asked::Over);
                };
                send(Answer::Lose, &frame)?;
                return Ok(Asked::AnswerToCome(Some(landing)));
            }
        }
    }
}

/// Waits until a request is to go on; `None` where there is no more use in that.
fn hold(shared: &Shared, fault: Fault) -> Option<Landing<'_>> {
    let mut held = if let Fault::Late(time) = fault {
        thread::sleep(time);
        lock(&shared.held)
    } else {
        let mut held = lock(&shared.held);
        let before = held.released;
        held.waiting += 1;
        while held.released == before && !held.closed {
            held = wait(&shared.change, held);
        }
        held.waiting -= 1;
        held
    };
    held.landing += 1;
    let closed = held.closed;
    drop(held);
    let landing = Landing(shared);
    (!closed).then_some(landing)
}

/// Broker to client.
fn answer(mut client: &TcpStream, mut broker: &TcpStream, expected: &Receiver<Answer>) -> io::Result<()> {
    loop {
        let frame = read_frame(&mut broker)?;
        match expected.recv() {
            // A client that is cut off does not get it; what it asked last is still to come to the broker.
            Ok(Answer::Pass) => drop(client.write_all(&frame)),
            Ok(Answer::Lose) | Err(_) => return Ok(()),
        }
    }
}

/// A request or an answer, with its length.
fn read_frame(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut frame = length.to_vec();
    let length = u64::from(u32::from_be_bytes(length));
    if from.take(length).read_to_end(&mut frame)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(frame)
}
