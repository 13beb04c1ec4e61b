//! What stands in `to(…)` and `dead_letter(…)`.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::path::PathBuf;

use super::options;
use crate::sink::Collected;

/// The sinks of records of type `T`.
pub struct Sinks<T>(pub(super) PhantomData<fn(T)>);

impl<T> fmt::Debug for Sinks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sinks")
    }
}

/// `files(directory)`, whose format must follow.
#[derive(Debug)]
pub struct FileSink<T, F = ()>(PhantomData<fn(T, F)>);

/// Files of JSON lines.
#[derive(Debug)]
pub struct JsonLines;

/// Files of rows.
#[derive(Debug)]
pub struct Rows;

/// Not rows.
pub trait MayBeJson {}
impl MayBeJson for () {}
impl MayBeJson for JsonLines {}

/// Not JSON lines.
pub trait MayBeRows {}
impl MayBeRows for () {}
impl MayBeRows for Rows {}

/// `kafka(topic)`
#[derive(Debug)]
pub struct KafkaSink<T>(PhantomData<fn(T)>);

/// A sink without options.
#[derive(Debug)]
pub struct OtherSink<T>(PhantomData<fn(T)>);

/// What `to(…)` takes for records of type `T`.
pub trait WriteTo<T> {}
impl<T, F> WriteTo<T> for FileSink<T, F> {}
impl<T> WriteTo<T> for KafkaSink<T> {}
impl<T> WriteTo<T> for OtherSink<T> {}

impl<T> Sinks<T> {
    /// `files(directory).jsonl()` or `.csv()`: files in a directory, which appear when their batch is done.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let lines = stdin().lines();
    ///     lines.to(files("out").jsonl().roll(size = 64MiB));
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn files(&self, directory: impl Into<PathBuf>) -> FileSink<T> {
        let _ = directory;
        FileSink(PhantomData)
    }

    /// `collect(handle)`: values in memory, for tests.
    ///
    /// ```
    /// # use streaming_runtime::{sink::Collected, stream_pipeline};
    /// let lengths = Collected::new();
    /// let handle = lengths.clone();
    /// let pipeline = stream_pipeline!({
    ///     let lines = stdin().lines();
    ///     lines.map(|line| line.len()).to(collect(handle));
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn collect<O: 'static>(&self, handle: Collected<O>) -> OtherSink<T> {
        let _ = handle;
        OtherSink(PhantomData)
    }

    /// `sink(value)`: a sink of your own, of any type that implements [`Sink`](crate::sink::Sink).
    ///
    /// ```
    /// # use streaming_runtime::{sink, stream_pipeline};
    /// let own = sink::print();
    /// let pipeline = stream_pipeline!({
    ///     let lines = stdin().lines();
    ///     lines.to(sink(own));
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn sink<S>(&self, value: S) -> OtherSink<T> {
        let _ = value;
        OtherSink(PhantomData)
    }

    /// `kafka(topic)`: messages of a topic.
    ///
    #[cfg_attr(feature = "kafka", doc = "```")]
    #[cfg_attr(not(feature = "kafka"), doc = "```ignore")]
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let lines = stdin().lines().map(|line| line.to_owned());
    ///     lines.to(kafka("lines").brokers("127.0.0.1:9092").key(|line| line).json());
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn kafka(&self, topic: impl Into<String>) -> KafkaSink<T> {
        let _ = topic;
        KafkaSink(PhantomData)
    }
}

/// Formats.
impl<T> FileSink<T> {
    /// `.jsonl()`: one JSON value a line.
    #[must_use]
    pub fn jsonl(self) -> FileSink<T, JsonLines> {
        FileSink(PhantomData)
    }

    /// `.csv()`: one row a line, with a header of the fields' names.
    #[must_use]
    pub fn csv(self) -> FileSink<T, Rows> {
        FileSink(PhantomData)
    }
}

/// Options of JSON lines.
impl<T, F: MayBeJson> FileSink<T, F> {
    /// `.non_finite(fail | null | text)`: what becomes of NaN and infinite numbers in JSON. The default is `fail`.
    #[must_use]
    pub fn non_finite(self, policy: super::words::NonFinite) -> Self {
        let _ = policy;
        self
    }
}

/// Options of rows.
impl<T, F: MayBeRows> FileSink<T, F> {
    /// `.columns(["name", …])`: the names in the header, in order.
    #[must_use]
    pub fn columns<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        let _ = names;
        self
    }
}

impl<T, F> FileSink<T, F> {
    /// `.roll(size = 64MiB, every = 10min)`: when a file is finished and the next one begins. [`options::roll`] has the arguments.
    #[must_use]
    pub fn roll(self) -> Self {
        self
    }

    /// `.on_error(fail | skip | dead_letter(sink))`: what becomes of a record that has no such form. The default is `fail`.
    #[must_use]
    pub fn on_error(self, policy: super::words::OnError) -> Self {
        let _ = policy;
        self
    }

    /// Named arguments.
    #[doc(hidden)]
    #[must_use]
    pub fn given(self, _: options::roll) -> Self {
        self
    }
}

impl<T> KafkaSink<T> {
    /// `.brokers("host:9092")`: where to connect first.
    #[must_use]
    pub fn brokers(self, brokers: impl Into<String>) -> Self {
        let _ = brokers;
        self
    }

    /// `.key(|record| …)`: the key of each message.
    #[must_use]
    pub fn key<'r, K>(self, f: impl FnOnce(&'r T) -> K) -> Self
    where
        T: 'r,
    {
        let _ = f;
        self
    }

    /// `.config(key, value)`: any property of librdkafka.
    #[must_use]
    pub fn config(self, key: impl Into<String>, value: impl Display) -> Self {
        let _ = (key, value);
        self
    }

    /// `.on_error(fail | skip | dead_letter(sink))`: what becomes of a record that has no such form, or is too large for the topic. The default is `fail`.
    #[must_use]
    pub fn on_error(self, policy: super::words::OnError) -> Self {
        let _ = policy;
        self
    }

    /// `.json()`: each record as JSON; without it records are texts or bytes.
    #[must_use]
    pub fn json(self) -> Self {
        self
    }

    /// `.timestamp(present | original)`: the time that dead letters are sent with. The default is `present`.
    #[must_use]
    pub fn timestamp(self, time: super::words::Timestamp) -> Self {
        let _ = time;
        self
    }

    /// `.non_finite(fail | null | text)`: what becomes of NaN and infinite numbers in JSON. The default is `fail`.
    #[must_use]
    pub fn non_finite(self, policy: super::words::NonFinite) -> Self {
        let _ = policy;
        self
    }
}
