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

/// A method for each aggregate: its first sentence, the line of the example that calls it, its signature.
macro_rules! aggregates {
    ($(
        $(#[$doc:meta])* $example:literal
        $name:ident $(<$record:lifetime, $value:ident $(: $bound:path)?>)? ($($arg:ident: $ty:ty),*) -> $gives:ty;
    )*) => {$(
        $(#[$doc])*
        ///
        /// ```
        /// # use streaming_runtime::stream_pipeline;
        /// let pipeline = stream_pipeline!({
        ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
        ///     let groups = ticks.key_by(|tick| tick.value % 3).window(tumbling(1min)).agg((
        ///         key(),
        #[doc = $example]
        ///     ));
        ///     groups.print();
        /// });
        /// # println!("{}", pipeline.explain());
        /// ```
        #[must_use]
        pub fn $name $(<$record, $value $(: $bound)?>)? (&self, $($arg: $ty),*) -> $gives
        $(where T: $record)?
        {
            $(let _ = $arg;)*
            any()
        }
    )*};
}

impl<T, K: Key, W> Group<T, K, W> {
    aggregates! {
        /// `key()`: the key, as it rests in state.
        "        count(),"
        key() -> K::Owned;

        /// `count()`: how many records.
        "        count(),"
        count() -> u64;

        /// `sum(|record| …)`: the sum of what the function gives, in 64 bits.
        "        sum(|tick| tick.value),"
        sum<'r, V: SumValue>(f: impl FnOnce(&'r T) -> V) -> V::Total;

        /// `avg(|record| …)`: the arithmetic mean of what the function gives.
        "        avg(|tick| tick.value),"
        avg<'r, V: SumValue>(f: impl FnOnce(&'r T) -> V) -> f64;

        /// `min(|record| …)`: the smallest of what the function gives.
        "        min(|tick| tick.value),"
        min<'r, V>(f: impl FnOnce(&'r T) -> V) -> V;

        /// `max(|record| …)`: the largest of what the function gives.
        "        max(|tick| tick.value),"
        max<'r, V>(f: impl FnOnce(&'r T) -> V) -> V;

        /// `first(|record| …)`: what the function gives for the earliest record, by event time where there is one, else by arrival.
        "        first(|tick| tick.value),"
        first<'r, V>(f: impl FnOnce(&'r T) -> V) -> V;

        /// `last(|record| …)`: what the function gives for the latest record, by event time where there is one, else by arrival.
        "        last(|tick| tick.value),"
        last<'r, V>(f: impl FnOnce(&'r T) -> V) -> V;

        /// `collect(|record| …)`: all that the function gives, in order.
        "        collect(|tick| tick.value),"
        collect<'r, V>(f: impl FnOnce(&'r T) -> V) -> Vec<V>;

        /// `count_distinct(|record| …)`: how many different values the function gives, exactly.
        "        count_distinct(|tick| tick.value % 2),"
        count_distinct<'r, V>(f: impl FnOnce(&'r T) -> V) -> u64;

        /// `top(n, |record| …)`: the `n` records for which the function gives the most, best first.
        "        top(3, |tick| tick.value),"
        top<'r, V>(n: usize, by: impl FnOnce(&'r T) -> V) -> Vec<T>;
    }
}

/// Bounds, behind `window`.
impl<T, K: Key> Group<T, K, Window> {
    aggregates! {
        /// `window_start()`: the first millisecond of the window.
        "        window_start(),"
        window_start() -> i64;

        /// `window_end()`: the first millisecond after the window.
        "        window_end(),"
        window_end() -> i64;
    }
}
