//! Words that stand for a value between parentheses.
#![allow(non_upper_case_globals, reason = "words are written as users write them")]

use std::fmt;

/// What becomes of input that cannot be read.
#[derive(Debug, Clone, Copy)]
pub struct OnError(());

/// The shape of a window.
#[derive(Debug, Clone, Copy)]
pub struct Shape(());

/// The shape of a window, whose named arguments follow.
#[derive(Debug, Clone, Copy)]
pub struct ShapeOf<O>(std::marker::PhantomData<O>);

impl<O> ShapeOf<O> {
    /// Named arguments.
    #[doc(hidden)]
    #[must_use]
    pub fn given(self, _: O) -> Shape {
        Shape(())
    }
}

/// From one time to another: `-5min..=15min`.
#[derive(Debug, Clone, Copy)]
pub struct TimeRange(());

/// When a batch closes.
#[derive(Debug, Clone, Copy)]
pub struct Trigger(());

/// What a pipeline promises.
#[derive(Debug, Clone, Copy)]
pub struct Guarantee(());

/// What becomes of a record over which a closure panics.
#[derive(Debug, Clone, Copy)]
pub struct OnPanic(());

/// Where the first run begins to read a topic.
#[derive(Debug, Clone, Copy)]
pub struct Start(());

/// What becomes of numbers that JSON does not have.
#[derive(Debug, Clone, Copy)]
pub struct NonFinite(());

/// The time that a Kafka message is sent with.
#[derive(Debug, Clone, Copy)]
pub struct Timestamp(());

/// A value that has been given.
pub struct Given(());

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Given")
    }
}

/// `.on_error(…)`
pub mod on_error {
    use super::OnError;
    use crate::decode::DeadLetter;
    use crate::language::WriteTo;

    /// The pipeline fails. This is the default.
    pub const fail: OnError = OnError(());
    /// Input that cannot be read is counted and skipped.
    pub const skip: OnError = OnError(());
    /// Input that cannot be read goes to a sink, with the reason and its place.
    #[must_use]
    pub fn dead_letter(sink: impl WriteTo<DeadLetter<'static>>) -> OnError {
        let _ = sink;
        OnError(())
    }
}

/// `.window(…)`
pub mod window {
    use std::time::Duration;

    use super::ShapeOf;
    use crate::language::options;

    /// `tumbling(1min)`: windows that follow one another, aligned to 1970-01-01T00:00:00Z. [`options::tumbling`] has the arguments.
    #[must_use]
    pub fn tumbling(size: Duration) -> ShapeOf<options::tumbling> {
        let _ = size;
        ShapeOf(std::marker::PhantomData)
    }

    /// `sliding(10min, every = 1min)`: windows of one size, of which a new one begins every minute. [`options::sliding`] has the arguments.
    #[must_use]
    pub fn sliding(size: Duration) -> ShapeOf<options::sliding> {
        let _ = size;
        ShapeOf(std::marker::PhantomData)
    }

    /// `session(gap = 30min)`: windows of activity, which end when a key is silent for that long. [`options::session`] has the arguments.
    #[must_use]
    pub fn session() -> ShapeOf<options::session> {
        ShapeOf(std::marker::PhantomData)
    }
}

/// `trigger = …`
pub mod trigger {
    use std::time::Duration;

    use super::Trigger;

    /// A batch closes as soon as the one before it is done.
    pub const asap: Trigger = Trigger(());
    /// Takes what is there, and ends.
    pub const available_now: Trigger = Trigger(());
    /// A batch closes at this interval.
    #[must_use]
    pub fn interval(interval: Duration) -> Trigger {
        let _ = interval;
        Trigger(())
    }
}

/// `guarantee = …`
pub mod guarantee {
    use super::Guarantee;

    /// Every record counts, some twice after a crash. This is the default.
    pub const at_least_once: Guarantee = Guarantee(());
    /// Every record counts once. What cannot promise that does not compile.
    pub const exactly_once: Guarantee = Guarantee(());
}

/// `on_panic = …`
pub mod on_panic {
    use super::OnPanic;

    /// The pipeline fails. This is the default.
    pub const fail: OnPanic = OnPanic(());
    /// The record is passed over and counted.
    pub const skip: OnPanic = OnPanic(());
    /// The record goes where the decoder sends what it cannot decode.
    pub const dead_letter: OnPanic = OnPanic(());
}

/// `.start(…)`
pub mod start {
    use super::Start;

    /// The oldest record that the topic still has.
    pub const earliest: Start = Start(());
    /// Only records that arrive from now on.
    pub const latest: Start = Start(());
    /// Where the consumer group stands.
    pub const committed: Start = Start(());
    /// The first record at or after this time, epoch milliseconds.
    #[must_use]
    pub fn timestamp(millis: i64) -> Start {
        let _ = millis;
        Start(())
    }
    /// These offsets, by partition.
    #[must_use]
    pub fn offsets(offsets: impl IntoIterator<Item = (i32, i64)>) -> Start {
        let _ = offsets;
        Start(())
    }
}

/// `.timestamp(…)`
pub mod timestamp {
    use super::Timestamp;

    /// The time of sending. This is the default.
    pub const present: Timestamp = Timestamp(());
    /// The time that the message of a dead letter was sent with.
    pub const original: Timestamp = Timestamp(());
}

/// `.non_finite(…)`
pub mod non_finite {
    use super::NonFinite;

    /// The record is refused. This is the default.
    pub const fail: NonFinite = NonFinite(());
    /// `null` in place of the number.
    pub const null: NonFinite = NonFinite(());
    /// `"NaN"`, `"Infinity"` and `"-Infinity"`.
    pub const text: NonFinite = NonFinite(());
}
