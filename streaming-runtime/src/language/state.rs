//! State that is written by hand.

use std::fmt;
use std::marker::PhantomData;

use super::lineage::{Behind, Handled};
use super::{Keyed, Scoped, Stream};
use crate::key::Key;
use crate::keyed::{Cx, KeyState, TimerCx};

/// State `S` of each key, that functions of the program keep: `on_event` must follow.
pub struct ByHand<S>(PhantomData<S>);

impl<S> fmt::Debug for ByHand<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByHand")
    }
}

/// State.
impl<T, K, F> Keyed<T, K, F> {
    /// `.state::<S>(ttl = 1h)` or `.state::<S>(unbounded)`: keeps a value of type `S` for each key, that closures read and change.
    /// [`options::state`](super::options::state) has the arguments.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// #[derive(Default, Clone, serde::Serialize, serde::Deserialize)]
    /// struct Seen { words: u64 }
    ///
    /// let pipeline = stream_pipeline!({
    ///     let words = stdin().lines().flat_map(|line| line.split_whitespace());
    ///     let milestones = words
    ///         .key_by(|word| *word)
    ///         .state::<Seen>(ttl = 1h)
    ///         .on_event(|seen, word, cx| {
    ///             seen.words += 1;
    ///             if seen.words % 100 == 0 {
    ///                 cx.emit((word, seen.words));
    ///             }
    ///         });
    ///     milestones.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn state<S: KeyState>(self) -> Scoped<T, K, ByHand<S>, F> {
        Scoped(PhantomData)
    }
}

/// Functions of the program over state.
impl<T, K: Key, S, F> Scoped<T, K, ByHand<S>, F> {
    /// `.on_event(|state, event, cx| …)`: runs for every record, with the state of its key. [`Cx`] has the key, the time and the
    /// timers of the key, and takes the rows that it gives.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let words = stdin().lines().flat_map(|line| line.split_whitespace());
    ///     let repeated = words
    ///         .key_by(|word| word.len())
    ///         .state::<String>(ttl = 1h)
    ///         .on_event(|last, word, cx| {
    ///             if *last == word {
    ///                 cx.emit(word);
    ///             } else {
    ///                 *last = word;
    ///             }
    ///         });
    ///     repeated.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn on_event<R>(self, f: impl FnOnce(&mut S, T, &Cx<'_, K::Owned, R>)) -> Stream<R, Handled<S, K::Owned, F>> {
        let _ = f;
        Stream(PhantomData)
    }
}

/// Timers.
impl<R, S, K, F> Stream<R, Handled<S, K, F>> {
    /// `.on_timer(|state, cx| …)`: runs for every timer that fires, with the state of its key. [`TimerCx`] says which one fires, and
    /// has all that `on_event` is given.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// let pipeline = stream_pipeline!({
    ///     let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
    ///     let silent = ticks
    ///         .key_by(|tick| tick.value % 3)
    ///         .state::<u64>(ttl = 1h)
    ///         .on_event(|last, tick, cx| {
    ///             *last = tick.value;
    ///             cx.set_timer(cx.event_time() + 60_000);
    ///         })
    ///         .on_timer(|last, cx| cx.emit((*cx.key(), *last)));
    ///     silent.print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn on_timer(self, f: impl FnOnce(&mut S, &TimerCx<'_, K, R>)) -> Stream<R, Behind<F>> {
        let _ = f;
        Stream(PhantomData)
    }
}
