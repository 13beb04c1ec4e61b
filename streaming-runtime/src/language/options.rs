//! Named arguments: each type has the named arguments of the call of the same name.
#![allow(non_camel_case_types, reason = "each is called as its call is")]

use std::time::Duration;

use super::lineage::{Csv, Json, Lines};
use super::words::{Given, Guarantee, OnError, OnPanic, Start, Trigger};

/// `settings(…)`
#[derive(Debug)]
pub struct settings {
    /// The name of the pipeline, for logs, metrics and the consumer group.
    pub name: Given,
    /// When a batch closes: `interval(1s)`, `asap` or `available_now`.
    pub trigger: Trigger,
    /// Short for `trigger = interval(…)`.
    pub batch_interval: Duration,
    /// The directory for positions, state and output that is not delivered yet: the next run goes on from there.
    pub checkpoint: Given,
    /// `exactly_once` or `at_least_once`.
    pub guarantee: Guarantee,
    /// Worker threads; one per core where none are given.
    pub threads: usize,
    /// Partitions of keyed state, a power of two.
    pub key_partitions: usize,
    /// A batch closes early at this many rows.
    pub max_batch_rows: u64,
    /// A batch closes early at this size.
    pub max_batch_bytes: u64,
    /// Sources wait while this much is being worked on.
    pub max_in_flight_bytes: u64,
    /// How often a task that panics is tried in all.
    pub task_tries: u32,
    /// What becomes of a record over which a closure panics in each try: `fail`, `skip` or `dead_letter`.
    pub on_panic: OnPanic,
    /// How long the pipeline may take to end after a signal.
    pub stop_timeout: Duration,
    /// Kafka brokers for sources and sinks that name none.
    pub brokers: Given,
}

/// `tumbling(size, offset = …)`
#[derive(Debug)]
pub struct tumbling {
    /// How far windows are shifted: `tumbling(7d, offset = 4d)` begins on Mondays.
    pub offset: Duration,
}

/// `sliding(size, every = …, offset = …)`
#[derive(Debug)]
pub struct sliding {
    /// How long after another a window begins: `size` must be a multiple of it.
    pub every: Duration,
    /// How far windows are shifted: shorter than `every`.
    pub offset: Duration,
}

/// `session(gap = …)`
#[derive(Debug)]
pub struct session {
    /// How long a key must be silent for its session to end.
    pub gap: Duration,
}

/// `.event_time(|record| …, max_delay = …, idle = …)`
#[derive(Debug)]
pub struct event_time {
    /// How much later than its time a record may come.
    pub max_delay: Duration,
    /// A partition without records for this long no longer holds the watermark back.
    pub idle: Duration,
    /// How far after the wall clock an event time may be and still move the watermark; `unbounded` lifts the limit.
    pub max_ahead: Duration,
}

/// `.running(…)`
#[derive(Debug)]
pub struct running {
    /// A key without a record for this long is forgotten.
    pub ttl: Duration,
    /// Keys are never forgotten: state grows with the number of different keys.
    pub unbounded: (),
}

/// `.state::<S>(…)`
#[derive(Debug)]
pub struct state {
    /// A key without a record or a timer for this long is forgotten.
    pub ttl: Duration,
    /// Keys are never forgotten: state grows with the number of different keys.
    pub unbounded: (),
}

/// Named arguments of a scope.
pub trait OfScope {}
impl OfScope for running {}
impl OfScope for state {}

/// `.join(stream, within = …)`
#[derive(Debug)]
pub struct join {
    /// How much later than a record of the first stream its partners in the other are: `-5min..=15min`.
    pub within: super::words::TimeRange,
}

/// `files(glob, unfinished_after = …)` as a source
#[derive(Debug)]
pub struct files {
    /// An unfinished last line counts after this long without another byte.
    pub unfinished_after: Duration,
}

/// `rate(rows_per_second, count = n)`
#[derive(Debug)]
pub struct rate {
    /// Ends after this many records.
    pub count: u64,
}

/// `socket(address, reconnect = 1s)`
#[derive(Debug)]
pub struct socket {
    /// Connects again this long after the connection was lost.
    pub reconnect: Duration,
}

/// `kafka(topic, …)` as a source
#[derive(Debug)]
pub struct kafka {
    /// Where to connect first: `"host:9092"`, separated by commas.
    pub brokers: Given,
    /// The consumer group; the name of the pipeline where none is given.
    pub group: Given,
    /// Where the first run begins to read.
    pub start: Start,
}

/// `.lines(…)`
#[derive(Debug)]
pub struct lines {
    /// A longer record is an error, and is not held in memory.
    pub max_record: u64,
    /// What becomes of input that cannot be read: `fail`, `skip` or `dead_letter(sink)`.
    pub on_error: OnError,
}

/// `.json::<T>(…)`
#[derive(Debug)]
pub struct json {
    /// A longer record is an error, and is not held in memory.
    pub max_record: u64,
    /// What becomes of input that cannot be read: `fail`, `skip` or `dead_letter(sink)`.
    pub on_error: OnError,
}

/// `.csv::<T>(…)`
#[derive(Debug)]
pub struct csv {
    /// A longer record is an error, and is not held in memory.
    pub max_record: u64,
    /// A field that is this text, without quotes, is an empty one.
    pub null: Given,
    /// A row that begins with this byte is no record.
    pub comment: Given,
    /// Blanks and tabs around a field are no part of it.
    pub trim: bool,
    /// Fields may be missing at the end of a row, and surplus ones are ignored.
    pub flexible: bool,
    /// Whether the first row names the columns.
    pub header: bool,
    /// What separates the fields.
    pub delimiter: Given,
    /// What becomes of input that cannot be read: `fail`, `skip` or `dead_letter(sink)`.
    pub on_error: OnError,
}

/// `.roll(…)` of `files(directory)`
#[derive(Debug)]
pub struct roll {
    /// A file that has reached this size is finished.
    pub size: u64,
    /// A file that has reached this age is finished.
    pub every: Duration,
}

/// Directly behind a decoder.
pub trait Decoder {}
impl<M> Decoder for Lines<M> {}
impl<M> Decoder for Json<M> {}
impl<M> Decoder for Csv<M> {}

/// Named arguments of what gives such a stream.
pub trait Of<F> {}
impl<F> Of<F> for event_time {}
impl<F> Of<F> for join {}
impl<F> Of<F> for files {}
impl<F> Of<F> for rate {}
impl<F> Of<F> for socket {}
impl<F> Of<F> for kafka {}
impl<F> Of<F> for lines {}
impl<F> Of<F> for json {}
impl<F> Of<F> for csv {}
