//! Scopes of aggregates, and aggregates.

use std::fmt;
use std::marker::PhantomData;

use super::lineage::{Behind, Windowed};
use super::words::Shape;
use super::{Stream, options};
use crate::agg::SumValue;
use crate::key::Key;

/// A stream of records of type `T` with keys of type `K`: a scope must follow.
pub struct Keyed<T, K, F>(pub(super) PhantomData<(T, K, F)>);

/// A keyed stream with a scope `W`, which is [`Batch`], [`Window`] or [`Running`]: an aggregate must follow.
pub struct Scoped<T, K, W, F>(pub(super) PhantomData<(T, K, W, F)>);

// An editor would offer their methods, and asks nobody who owns what.
#[cfg(not(rust_analyzer))]
impl<T, K, F> Clone for Keyed<T, K, F> {
    fn clone(&self) -> Self {
        *self
    }
}
#[cfg(not(rust_analyzer))]
impl<T, K, F> Copy for Keyed<T, K, F> {}
impl<T, K, F> fmt::Debug for Keyed<T, K, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyed")
    }
}
#[cfg(not(rust_analyzer))]
impl<T, K, W, F> Clone for Scoped<T, K, W, F> {
    fn clone(&self) -> Self {
        *self
    }
}
#[cfg(not(rust_analyzer))]
impl<T, K, W, F> Copy for Scoped<T, K, W, F> {}
impl<T, K, W, F> fmt::Debug for Scoped<T, K, W, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scoped")
    }
}

/// The records of one micro-batch.
#[derive(Debug)]
pub struct Batch;
/// The records of one window of event time.
#[derive(Debug)]
pub struct Window;
/// All records so far.
#[derive(Debug)]
pub struct Running;

/// Over what is aggregated.
pub trait Scope {
    /// What an aggregate that has no record of its own gives: the key, the window where there is one, and the value.
    type Row<K, V>;
    /// Where its results come from.
    type From<T, F>;
}
impl Scope for Batch {
    type Row<K, V> = (K, V);
    type From<T, F> = Behind<F>;
}
impl Scope for Running {
    type Row<K, V> = (K, V);
    type From<T, F> = Behind<F>;
}
impl Scope for Window {
    type Row<K, V> = (K, crate::time::Window, V);
    type From<T, F> = Windowed<T, F>;
}

/// Scopes.
impl<T, K, F> Keyed<T, K, F> {
    /// `.batch()`: aggregates over each micro-batch, as Spark's `reduceByKey`. Nothing rests in state.
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
    pub fn batch(self) -> Scoped<T, K, Batch, F> {
        Scoped(PhantomData)
    }

    /// `.window(tumbling(1min))`: aggregates over windows of event time. A result comes when the watermark passes the end of its window.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let counts = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).count();
    ///     counts.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn window(self, window: Shape) -> Scoped<T, K, Window, F> {
        let _ = window;
        Scoped(PhantomData)
    }

    /// `.running(ttl = 1h)` or `.running(unbounded)`: aggregates over all records so far, as Spark's `updateStateByKey`. Each batch gives the
    /// keys that changed. [`options::running`] has the arguments.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let words = stdin().lines().flat_map(|line| line.split_whitespace());
    ///     let counts = words.key_by(|word| *word).running(ttl = 1h).count();
    ///     counts.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn running(self) -> Scoped<T, K, Running, F> {
        Scoped(PhantomData)
    }
}

impl<T, K, W, F> Scoped<T, K, W, F> {
    /// Arguments of the scope.
    #[doc(hidden)]
    #[must_use]
    pub fn given<O: options::OfScope>(self, _: O) -> Self {
        self
    }
}

/// Aggregates.
impl<T, K: Key, W: Scope, F> Scoped<T, K, W, F> {
    /// `.agg(expression)`: one record per key, made of [aggregates](super::Group).
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let words = stdin().lines().flat_map(|line| line.split_whitespace());
    ///     let lengths = words.key_by(|word| word.len()).batch().agg((key(), count(), first(|word| *word)));
    ///     lengths.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn agg<R>(self, expression: R) -> Stream<R, W::From<T, F>> {
        let _ = expression;
        Stream(PhantomData)
    }

    /// `.count()`: the number of records of each key: `(key, n)`, behind a window `(key, window, n)`.
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
    pub fn count(self) -> Stream<W::Row<K::Owned, u64>, W::From<T, F>> {
        Stream(PhantomData)
    }

    /// `.sum(|record| …)`: the sum of what the function gives, in 64 bits: `(key, sum)`, behind a window `(key, window, sum)`.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let words = stdin().lines().flat_map(|line| line.split_whitespace());
    ///     let lengths = words.key_by(|word| *word).batch().sum(|word| word.len());
    ///     lengths.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn sum<'r, V: SumValue>(self, f: impl FnOnce(&'r T) -> V) -> Stream<W::Row<K::Owned, V::Total>, W::From<T, F>>
    where
        T: 'r,
    {
        let _ = f;
        Stream(PhantomData)
    }

    /// `.reduce(|a, b| …)`: combines the records of a key, two by two, in no particular order. The function must be associative and
    /// commutative. It gives `(key, record)`, behind a window `(key, window, record)`.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let words = stdin().lines().flat_map(|line| line.split_whitespace());
    ///     let longest = words.map(|word| word.len()).key_by(|n| n % 10).batch().reduce(|a, b| a.max(b));
    ///     longest.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn reduce(self, f: impl FnOnce(T, T) -> T) -> Stream<W::Row<K::Owned, T>, W::From<T, F>> {
        let _ = f;
        Stream(PhantomData)
    }

    /// `.fold(init, |so_far, record| …)`: folds the records of a key into a value, one at a time, in their order of arrival: `(key, value)`,
    /// behind a window `(key, window, value)`.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let words = stdin().lines().flat_map(|line| line.split_whitespace());
    ///     let lengths = words.key_by(|word| word.len()).batch().fold(0, |total, word| total + word.len());
    ///     lengths.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn fold<S>(self, init: S, f: impl FnOnce(S, T) -> S) -> Stream<W::Row<K::Owned, S>, W::From<T, F>> {
        let _ = (init, f);
        Stream(PhantomData)
    }
}
