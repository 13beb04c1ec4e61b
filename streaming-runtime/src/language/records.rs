//! Operators on records.

use std::fmt;
use std::marker::PhantomData;

use super::keyed::Keyed;
use super::lineage::{Bytes, Csv, Json, Lines, Typed, WithErrors, WithLate};
use super::options;
use super::sinks::WriteTo;
use super::words::OnError;
use crate::decode::DeadLetter;
use crate::key::Key;
use crate::time::EventTime;

/// A stream of records of type `T`. `F` says where they come from.
pub struct Stream<T, F = ()>(pub(super) PhantomData<(T, F)>);

// An editor would offer their methods, and asks nobody who owns what.
#[cfg(not(rust_analyzer))]
impl<T, F> Clone for Stream<T, F> {
    fn clone(&self) -> Self {
        *self
    }
}
#[cfg(not(rust_analyzer))]
impl<T, F> Copy for Stream<T, F> {}
impl<T, F> fmt::Debug for Stream<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

impl<T, F> Stream<T, F> {
    const fn new() -> Self {
        Self(PhantomData)
    }

    /// Named arguments of the operator before.
    #[doc(hidden)]
    #[must_use]
    pub fn given<O: options::Of<F>>(self, _: O) -> Self {
        self
    }
}

/// Decoders, directly behind a source of bytes.
impl<T, F: Bytes> Stream<T, F> {
    /// `.lines()`: each line as `&str`.
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
    pub fn lines(self) -> Stream<&'static str, Lines<F::Meta>> {
        Stream::new()
    }

    /// `.json::<T>()`: each line or message as a value of type `T`, which may borrow from it.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// #[derive(serde::Deserialize)]
    /// struct Order {
    ///     amount: f64,
    /// }
    /// let pipeline = stream_pipeline!({
    ///     let orders = files("orders/*.jsonl").json::<Order>().on_error(skip);
    ///     orders.map(|order| order.amount).print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn json<R>(self) -> Stream<R, Json<F::Meta>> {
        Stream::new()
    }

    /// `.csv::<T>()`: each row as a value of type `T`, by the names in the header. [`options::csv`] has its named arguments.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// #[derive(serde::Deserialize)]
    /// struct Flight {
    ///     delay: i64,
    /// }
    /// let pipeline = stream_pipeline!({
    ///     let flights = files("flights/*.csv").csv::<Flight>(delimiter = b';');
    ///     flights.map(|flight| flight.delay).print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn csv<R>(self) -> Stream<R, Csv<F::Meta>> {
        Stream::new()
    }
}

/// What becomes of input that cannot be decoded, directly behind a decoder.
impl<T, F: options::Decoder> Stream<T, F> {
    /// `.on_error(fail | skip | dead_letter(sink))`: what becomes of input that cannot be read. The default is `fail`.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let numbers = stdin().json::<u64>().on_error(dead_letter(files("rejected").jsonl()));
    ///     numbers.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn on_error(self, policy: OnError) -> Self {
        let _ = policy;
        self
    }

    /// `.max_record(1MiB)`: a longer record is an error, and is not held in memory. The default is 64 MiB.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let numbers = stdin().json::<u64>().max_record(1MiB);
    ///     numbers.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn max_record(self, bytes: u64) -> Self {
        let _ = bytes;
        self
    }
}

/// Options of `csv`, directly behind it.
impl<T, M> Stream<T, Csv<M>> {
    /// `.header(true | false)`: whether the first row names the columns. The default is `true`.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let pairs = stdin().csv::<(String, u64)>().header(false);
    ///     pairs.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn header(self, header: bool) -> Self {
        let _ = header;
        self
    }

    /// `.delimiter(b';')`: what separates the fields. The default is a comma.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let pairs = stdin().csv::<(String, u64)>().header(false).delimiter(b';');
    ///     pairs.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn delimiter(self, delimiter: u8) -> Self {
        let _ = delimiter;
        self
    }

    /// `.null("NA")`: a field that is this text, without quotes, is an empty one: `None` of an `Option`.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let pairs = stdin().csv::<(String, Option<u64>)>().header(false).null("NA");
    ///     pairs.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn null(self, text: impl Into<String>) -> Self {
        let _ = text;
        self
    }

    /// `.comment(b'#')`: a row that begins with this byte is no record.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let pairs = stdin().csv::<(String, Option<u64>)>().header(false).comment(b'#');
    ///     pairs.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn comment(self, byte: u8) -> Self {
        let _ = byte;
        self
    }

    /// `.trim(true)`: blanks and tabs around a field are no part of it. The default is `false`.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let pairs = stdin().csv::<(String, Option<u64>)>().header(false).trim(true);
    ///     pairs.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn trim(self, trim: bool) -> Self {
        let _ = trim;
        self
    }

    /// `.flexible(true)`: fields may be missing at the end of a row, and surplus ones are ignored. The default is `false`.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let pairs = stdin().csv::<(String, Option<u64>)>().header(false).flexible(true);
    ///     pairs.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn flexible(self, flexible: bool) -> Self {
        let _ = flexible;
        self
    }
}

/// Operators on records.
impl<T, F: Typed> Stream<T, F> {
    /// `.map(|record| …)`: one record for each record.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let lengths = stdin().lines().map(|line| line.len());
    ///     lengths.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn map<R>(self, f: impl FnOnce(T) -> R) -> Stream<R, F::Kept> {
        let _ = f;
        Stream::new()
    }

    /// `.filter(|record| …)`: keeps the records for which the function holds.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let long = stdin().lines().filter(|line| line.len() > 80);
    ///     long.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn filter<'r>(self, predicate: impl FnOnce(&'r T) -> bool) -> Stream<T, F::Kept>
    where
        T: 'r,
    {
        let _ = predicate;
        Stream::new()
    }

    /// `.filter_map(|record| …)`: maps each record to an `Option`, and keeps what is `Some`.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let numbers = stdin().lines().filter_map(|line| line.parse::<u64>().ok());
    ///     numbers.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn filter_map<R>(self, f: impl FnOnce(T) -> Option<R>) -> Stream<R, F::Kept> {
        let _ = f;
        Stream::new()
    }

    /// `.flat_map(|record| …)`: any number of records for each record.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let words = stdin().lines().flat_map(|line| line.split_whitespace());
    ///     words.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn flat_map<I: IntoIterator>(self, f: impl FnOnce(T) -> I) -> Stream<I::Item, F::Kept> {
        let _ = f;
        Stream::new()
    }

    /// `.inspect(|record| …)`: looks at every record, and leaves it as it is.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let lines = stdin().lines().inspect(|line| eprintln!("{line}"));
    ///     lines.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn inspect<'r>(self, f: impl FnOnce(&'r T)) -> Stream<T, F::Kept>
    where
        T: 'r,
    {
        let _ = f;
        Stream::new()
    }

    /// `let (yes, no) = stream.split(|record| …)`: two streams, where the function holds and where not.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let (long, short) = stdin().lines().split(|line| line.len() > 80);
    ///     long.print();
    ///     short.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn split<'r>(self, predicate: impl FnOnce(&'r T) -> bool) -> (Stream<T, F::Kept>, Stream<T, F::Kept>)
    where
        T: 'r,
    {
        let _ = predicate;
        (Stream::new(), Stream::new())
    }

    /// `let (a, b, rest) = stream.branch(|record| …, |record| …)`: one stream per function, and one for the rest. A record goes to the
    /// first function that holds.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let (long, empty, rest) = stdin().lines().branch(|line| line.len() > 80, |line| line.is_empty());
    ///     long.print();
    ///     empty.print();
    ///     rest.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn branch<'r>(self, predicate: impl FnOnce(&'r T) -> bool) -> Stream<T, F::Kept>
    where
        T: 'r,
    {
        let _ = predicate;
        Stream::new()
    }

    /// `.event_time(|record| …, max_delay = 30s)`: when each record happened. [`options::event_time`] has its named arguments.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s, idle = 1min);
    ///     ticks.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn event_time<'r, R: EventTime>(self, f: impl FnOnce(&'r T) -> R) -> Stream<T, F::Kept>
    where
        T: 'r,
    {
        let _ = f;
        Stream::new()
    }

    /// `.key_by(|record| …)`: gives each record a key, which may borrow from the record. A scope and an aggregate follow.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let words = stdin().lines().flat_map(|line| line.split_whitespace());
    ///     let counts = words.key_by(|word| *word).batch().count();
    ///     counts.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn key_by<'r, K: Key>(self, f: impl FnOnce(&'r T) -> K) -> Keyed<T, K, F::Kept>
    where
        T: 'r,
    {
        let _ = f;
        Keyed(PhantomData)
    }

    /// `.to(sink)`: writes each record to one of the [sinks](super::Sinks).
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let lines = stdin().lines();
    ///     lines.to(files("out").jsonl());
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    pub fn to(self, sink: impl WriteTo<T>) {
        let _ = sink;
    }

    /// `.print()`: prints each record to stdout, a line each.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let lines = stdin().lines();
    ///     lines.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    pub fn print(self) {
        let _ = self;
    }
}

/// Somewhere behind a decoder.
impl<T, F: WithErrors> Stream<T, F> {
    /// `.errors()`: the input that the nearest decoder upstream could not read. A pipeline that reads it goes on where decoding fails.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let numbers = stdin().json::<u64>();
    ///     numbers.errors().map(|letter| letter.to_string()).print();
    ///     numbers.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn errors(self) -> Stream<DeadLetter<'static>> {
        Stream::new()
    }
}

/// Somewhere behind a windowed aggregate.
impl<T, F: WithLate> Stream<T, F> {
    /// `.late()`: the records that came after their window had closed.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let counts = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).count();
    ///     counts.late().print();
    ///     counts.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn late(self) -> Stream<F::Late, F::Source> {
        Stream::new()
    }
}
