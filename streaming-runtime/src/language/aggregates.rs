//! Aggregates in `agg(…)`.

use std::fmt;
use std::marker::PhantomData;

use super::glue::any;
use super::keyed::Window;
use crate::agg::SumValue;
use crate::key::Key;

/// The records of one key within a scope: what may be called in `agg(…)`.
pub struct Group<T, K, W>(pub(super) PhantomData<(T, K, W)>);

impl<T, K, W> fmt::Debug for Group<T, K, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Group")
    }
}

impl<T, K: Key, W> Group<T, K, W> {
    /// `key()`: the key, as it rests in state.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let groups = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).agg((key(), count()));
    ///     groups.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn key(&self) -> K::Owned {
        any()
    }

    /// `count()`: how many records.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let groups = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).agg((key(), count()));
    ///     groups.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn count(&self) -> u64 {
        any()
    }

    /// `sum(|record| …)`: the sum of what the function gives, in 64 bits.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let groups = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).agg((key(), sum(|tick| tick.value)));
    ///     groups.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn sum<'r, V: SumValue>(&self, f: impl FnOnce(&'r T) -> V) -> V::Total
    where
        T: 'r,
    {
        let _ = f;
        any()
    }

    /// `avg(|record| …)`: the arithmetic mean of what the function gives.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let groups = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).agg((key(), avg(|tick| tick.value)));
    ///     groups.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn avg<'r, V: SumValue>(&self, f: impl FnOnce(&'r T) -> V) -> f64
    where
        T: 'r,
    {
        let _ = f;
        any()
    }

    /// `min(|record| …)`: the smallest of what the function gives.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let groups = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).agg((key(), min(|tick| tick.value)));
    ///     groups.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn min<'r, V>(&self, f: impl FnOnce(&'r T) -> V) -> V
    where
        T: 'r,
    {
        let _ = f;
        any()
    }

    /// `max(|record| …)`: the largest of what the function gives.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let groups = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).agg((key(), max(|tick| tick.value)));
    ///     groups.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn max<'r, V>(&self, f: impl FnOnce(&'r T) -> V) -> V
    where
        T: 'r,
    {
        let _ = f;
        any()
    }

    /// `first(|record| …)`: what the function gives for the earliest record, by event time where there is one, else by arrival.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let groups = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).agg((key(), first(|tick| tick.value)));
    ///     groups.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn first<'r, V>(&self, f: impl FnOnce(&'r T) -> V) -> V
    where
        T: 'r,
    {
        let _ = f;
        any()
    }

    /// `last(|record| …)`: what the function gives for the latest record, by event time where there is one, else by arrival.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let groups = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).agg((key(), last(|tick| tick.value)));
    ///     groups.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn last<'r, V>(&self, f: impl FnOnce(&'r T) -> V) -> V
    where
        T: 'r,
    {
        let _ = f;
        any()
    }

    /// `collect(|record| …)`: all that the function gives, in order.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let groups = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).agg((key(), collect(|tick| tick.value)));
    ///     groups.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn collect<'r, V>(&self, f: impl FnOnce(&'r T) -> V) -> Vec<V>
    where
        T: 'r,
    {
        let _ = f;
        any()
    }

    /// `count_distinct(|record| …)`: how many different values the function gives, exactly.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let groups = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).agg((key(), count_distinct(|tick| tick.value % 2)));
    ///     groups.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn count_distinct<'r, V>(&self, f: impl FnOnce(&'r T) -> V) -> u64
    where
        T: 'r,
    {
        let _ = f;
        any()
    }

    /// `top(n, |record| …)`: the `n` records for which the function gives the most, best first.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let groups = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).agg((key(), top(3, |tick| tick.value)));
    ///     groups.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn top<'r, V>(&self, n: usize, by: impl FnOnce(&'r T) -> V) -> Vec<T>
    where
        T: 'r,
    {
        let _ = (n, by);
        any()
    }
}

/// Bounds, behind `window`.
impl<T, K: Key> Group<T, K, Window> {
    /// `window_start()`: the first millisecond of the window.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let groups = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).agg((key(), window_start(), count()));
    ///     groups.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn window_start(&self) -> i64 {
        any()
    }

    /// `window_end()`: the first millisecond after the window.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let groups = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).agg((key(), window_end(), count()));
    ///     groups.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn window_end(&self) -> i64 {
        any()
    }
}
