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
    /// Sent, and not answered yet.
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
    /// The same; it belongs to a request that was held.
    Landed,
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
            let _ = serve(client, &shared);
        });
    }
}

/// Works on one connection of a client until it ends.
fn serve(client: TcpStream, shared: &Arc<Shared>) -> io::Result<()> {
    let broker = connect(shared)?;
    client.set_nodelay(true)?;
    let (answers, expected) = channel();
    let back = {
        let (client, broker) = (client.try_clone()?, broker.try_clone()?);
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            let _ = answer(&client, &broker, &expected, &shared);
            let _ = broker.shutdown(Shutdown::Both);
            let _ = client.shutdown(Shutdown::Both);
            // Held requests that were sent and will never be answered.
            let lost = expected
                .try_iter()
                .filter(|answer| matches!(answer, Answer::Landed))
                .count();
            landed(&shared, lost);
        })
    };
    let result = ask(&client, &broker, answers, shared);
    if !matches!(result, Ok(Asked::Rest)) {
        let _ = broker.shutdown(Shutdown::Both);
    }
    let _ = back.join();
    let _ = client.shutdown(Shutdown::Both);
    result.map(drop)
}

fn connect(shared: &Shared) -> io::Result<TcpStream> {
    let port = lock(&shared.target).ok_or(io::ErrorKind::NotConnected)?;
    let broker = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    broker.set_nodelay(true)?;
    Ok(broker)
}

/// How the requests of a connection have ended.
enum Asked {
    /// There is nothing to wait for.
    Over,
    /// Answers are still to come.
    Rest,
}

/// Client to broker.
fn ask(mut client: &TcpStream, mut broker: &TcpStream, answers: Sender<Answer>, shared: &Shared) -> io::Result<Asked> {
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
                return Ok(Asked::Rest);
            }
            Some(fault @ (Fault::Late(_) | Fault::Held)) => {
                client.shutdown(Shutdown::Both)?;
                if hold(shared, fault) {
                    send(Answer::Landed, &frame)?;
                }
                return Ok(Asked::Rest);
            }
        }
    }
}

/// Waits until a request is to go on; false where there is no more use in that.
fn hold(shared: &Shared, fault: Fault) -> bool {
    let mut held = lock(&shared.held);
    if let Fault::Late(time) = fault {
        drop(held);
        thread::sleep(time);
        held = lock(&shared.held);
    } else {
        let before = held.released;
        held.waiting += 1;
        shared.change.notify_all();
        while held.released == before && !held.closed {
            held = wait(&shared.change, held);
        }
        held.waiting -= 1;
    }
    held.landing += 1;
    !held.closed
}

fn landed(shared: &Shared, how_many: usize) {
    lock(&shared.held).landing -= how_many;
    shared.change.notify_all();
}

/// Broker to client.
fn answer(
    mut client: &TcpStream,
    mut broker: &TcpStream,
    expected: &Receiver<Answer>,
    shared: &Shared,
) -> io::Result<()> {
    loop {
        let frame = read_frame(&mut broker)?;
        match expected.recv() {
            // A client that is cut off does not get it; what it asked last is still to come to the broker.
            Ok(Answer::Pass) => drop(client.write_all(&frame)),
            Ok(Answer::Landed) => {
                landed(shared, 1);
                return Ok(());
            }
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
