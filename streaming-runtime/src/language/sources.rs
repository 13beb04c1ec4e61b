//! What stands at the head of a chain.

use std::fmt::Display;
use std::marker::PhantomData;
use std::time::Duration;

use super::Stream;
use super::lineage::{Raw, Undecoded};
use crate::source::{self, IntoValues, Rate, Records};

type Values<S> = Stream<<<S as source::Source>::Chunk as Records>::Record<'static>, Raw<S>>;

const fn of<T, S>() -> Stream<T, Raw<S>> {
    Stream(PhantomData)
}

/// `stdin()`: the bytes of stdin, to be decoded. They cannot be read again.
///
/// ```
/// # use streaming_runtime::stream_pipeline;
/// let pipeline = stream_pipeline!({
///     let lines = stdin().lines();
///     lines.print();
/// });
/// # println!("{}", pipeline.explain());
/// ```
#[must_use]
pub fn stdin() -> Stream<Undecoded, Raw<source::Stdin>> {
    of()
}

/// `files(glob)`: the bytes of all files that match, to be decoded.
///
/// ```
/// # use streaming_runtime::stream_pipeline;
/// let pipeline = stream_pipeline!({
///     let lines = files("logs/*.log").lines();
///     lines.print();
/// });
/// # println!("{}", pipeline.explain());
/// ```
#[must_use]
pub fn files(glob: impl Into<String>) -> Stream<Undecoded, Raw<source::Files>> {
    let _ = glob;
    of()
}

/// `socket(address, reconnect = 1s)`: the bytes that a server sends, to be decoded. They cannot be read again.
///
/// ```
/// # use streaming_runtime::stream_pipeline;
/// let pipeline = stream_pipeline!({
///     let lines = socket("127.0.0.1:9999").lines();
///     lines.print();
/// });
/// # println!("{}", pipeline.explain());
/// ```
#[must_use]
pub fn socket(address: impl Display) -> Stream<Undecoded, Raw<source::Socket>> {
    let _ = address;
    of()
}

/// `rate(rows_per_second, count = n)`: numbers and times, for trying things out.
///
/// ```
/// # use streaming_runtime::stream_pipeline;
/// let pipeline = stream_pipeline!({
///     let ticks = rate(10, count = 100);
///     ticks.map(|tick| tick.value).print();
/// });
/// # println!("{}", pipeline.explain());
/// ```
#[must_use]
pub fn rate(rows_per_second: u64) -> Stream<&'static Rate, Raw<source::RateSource>> {
    let _ = rows_per_second;
    of()
}

/// `memory(values)`: values of a `Vec`, an array or a slice, each as `&T`.
///
/// ```
/// # use streaming_runtime::stream_pipeline;
/// let pipeline = stream_pipeline!({
///     let numbers = memory(vec![1, 2, 3]);
///     numbers.map(|n| n + 1).print();
/// });
/// # println!("{}", pipeline.explain());
/// ```
#[must_use]
pub fn memory<T: Send + Sync + 'static>(values: impl IntoValues<T>) -> Stream<&'static T, Raw<source::Memory<T>>> {
    let _ = values;
    of()
}

/// `channel(receiver)`: what is sent into a `tokio::sync::mpsc` channel, each value as `&T`. It cannot be read again.
///
/// ```
/// # use streaming_runtime::stream_pipeline;
/// let (sender, receiver) = tokio::sync::mpsc::channel::<u64>(64);
/// let pipeline = stream_pipeline!({
///     let numbers = channel(receiver);
///     numbers.map(|n| n + 1).print();
/// });
/// # drop(sender);
/// # println!("{}", pipeline.explain());
/// ```
#[must_use]
pub fn channel<T: Send + Sync + 'static>(
    receiver: tokio::sync::mpsc::Receiver<T>,
) -> Stream<&'static T, Raw<source::Channel<T>>> {
    let _ = receiver;
    of()
}

/// `source(value)`: a source of your own, of any type that implements [`Source`](source::Source).
///
/// ```
/// # use streaming_runtime::{source, stream_pipeline};
/// let own = source::memory(vec![1, 2, 3]);
/// let pipeline = stream_pipeline!({
///     let numbers = source(own);
///     numbers.map(|n| n + 1).print();
/// });
/// # println!("{}", pipeline.explain());
/// ```
#[must_use]
pub fn source<S: source::IntoSource<M>, M>(value: S) -> Values<S::Source>
where
    <S::Source as source::Source>::Chunk: Records,
{
    let _ = value;
    of()
}

/// A source of your own whose chunks are bytes.
#[doc(hidden)]
pub fn source_of_bytes<S: source::Source>(value: S) -> Stream<Undecoded, Raw<S>> {
    let _ = value;
    of()
}

/// `kafka(topic)`: the messages of a topic, or of several.
///
#[cfg_attr(feature = "kafka", doc = "```")]
#[cfg_attr(not(feature = "kafka"), doc = "```ignore")]
/// # use streaming_runtime::stream_pipeline;
/// let pipeline = stream_pipeline!({
///     let orders = kafka("orders").brokers("127.0.0.1:9092").start(earliest).json::<u64>();
///     orders.print();
/// });
/// # println!("{}", pipeline.explain());
/// ```
#[cfg(feature = "kafka")]
#[must_use]
pub fn kafka(topics: impl source::kafka::Topics) -> Values<source::kafka::Kafka> {
    let _ = topics;
    of()
}

/// `union(a, b)`: several streams of the same record as one.
///
/// ```
/// # use streaming_runtime::stream_pipeline;
/// let pipeline = stream_pipeline!({
///     let new = files("new/*.log").lines();
///     let old = files("old/*.log").lines();
///     let all = union(new, old);
///     all.print();
/// });
/// # println!("{}", pipeline.explain());
/// ```
#[must_use]
pub fn union<T, F, R>(first: Stream<T, F>, others: R) -> Stream<T> {
    let _ = (first, others);
    Stream(PhantomData)
}

/// Options of `rate`, directly behind it.
impl<T> Stream<T, Raw<source::RateSource>> {
    /// `.count(n)`: ends after this many records.
    #[must_use]
    pub fn count(self, count: u64) -> Self {
        let _ = count;
        self
    }
}

/// Options of `files`, directly behind it.
impl<T> Stream<T, Raw<source::Files>> {
    /// `.unfinished_after(10s)`: an unfinished last line counts after this long without another byte.
    #[must_use]
    pub fn unfinished_after(self, after: Duration) -> Self {
        let _ = after;
        self
    }
}

/// Options of `socket`, directly behind it.
impl<T> Stream<T, Raw<source::Socket>> {
    /// `.reconnect(1s)`: connects again this long after the connection was lost.
    #[must_use]
    pub fn reconnect(self, after: Duration) -> Self {
        let _ = after;
        self
    }
}

/// Options of `kafka`, directly behind it.
#[cfg(feature = "kafka")]
impl<T> Stream<T, Raw<source::kafka::Kafka>> {
    /// `.brokers("host:9092")`: where to connect first.
    #[must_use]
    pub fn brokers(self, brokers: impl Into<String>) -> Self {
        let _ = brokers;
        self
    }

    /// `.group("name")`: the consumer group; the name of the pipeline where none is given.
    #[must_use]
    pub fn group(self, group: impl Into<String>) -> Self {
        let _ = group;
        self
    }

    /// `.start(earliest | latest | committed | timestamp(ms) | offsets(…))`: where the first run begins to read.
    #[must_use]
    pub fn start(self, start: super::words::Start) -> Self {
        let _ = start;
        self
    }

    /// `.config(key, value)`: any property of librdkafka.
    #[must_use]
    pub fn config(self, key: impl Into<String>, value: impl Display) -> Self {
        let _ = (key, value);
        self
    }
}
