//! Scopes of aggregates, and aggregates that are functions of the user's.

use std::time::Duration;

use crate::state::handler::Handwritten;
use crate::state::scope::{Batch, Running};
use crate::time::{Session, Slicing, Sliding, Tumbling};

/// `.batch()`: aggregates over each micro-batch, as Spark's `reduceByKey`. Nothing rests in state.
#[must_use]
pub fn batch() -> Batch {
    Batch
}

/// `.window(…)`: aggregates over windows of event time. A window's result comes when the watermark passes its end.
#[must_use]
pub fn window<W: Slicing>(window: W) -> W {
    window
}

/// `tumbling(size)`: windows that follow one another, aligned to 1970-01-01T00:00:00Z.
///
/// # Panics
/// When `size` is shorter than a millisecond.
#[must_use]
pub fn tumbling(size: Duration) -> Tumbling {
    Tumbling::new(size)
}

/// `sliding(size, every = slide)`: windows of one size, of which a new one begins with every slide.
///
/// # Panics
/// When `slide` is shorter than a millisecond, or `size` is no multiple of it.
#[must_use]
pub fn sliding(size: Duration, slide: Duration) -> Sliding {
    Sliding::new(size, slide)
}

/// `session(gap = gap)`: windows of activity, which end when a key is silent for `gap`.
///
/// # Panics
/// When `gap` is shorter than a millisecond.
#[must_use]
pub fn session(gap: Duration) -> Session {
    Session::new(gap)
}

/// `.running(…)`: aggregates over everything so far, as Spark's `updateStateByKey`. The changed keys come with every batch.
#[must_use]
pub fn running(running: Running) -> Running {
    running
}

/// `ttl = …`: a key without a record for that long is forgotten.
#[must_use]
pub fn ttl(ttl: Duration) -> Running {
    Running::ttl(ttl)
}

/// `unbounded`: keys are never forgotten. State grows with the number of different keys.
#[must_use]
pub fn unbounded() -> Running {
    Running::unbounded()
}

/// `.agg(…)`: one record per key, made of aggregates: [`count`](crate::agg::count), [`sum`](crate::agg::sum) and the other
/// functions of [`agg`](crate::agg).
#[inline(always)]
#[must_use]
pub fn agg<T>(record: T) -> T {
    record
}

/// `.reduce(f)`: combines the records of a key, two by two, in no particular order: `f` must be associative and commutative.
#[inline(always)]
pub fn reduce<T>(a: T, b: T, f: impl FnOnce(T, T) -> T) -> T {
    f(a, b)
}

/// `.fold(init, f)`: folds the records of a key into a value, one at a time, in their order of arrival.
#[inline(always)]
pub fn fold<S, T>(state: S, record: T, f: impl FnOnce(S, T) -> S) -> S {
    f(state, record)
}

/// `.state::<S>(…)`: state of each key that closures of the program change.
#[must_use]
pub fn state<S>(bound: Running) -> Handwritten<S> {
    Handwritten::bound(bound)
}

/// `.on_event(f)`: runs for every record, with the state of its key.
#[inline(always)]
pub fn on_event<S, T, C>(state: &mut S, event: T, cx: &C, f: impl FnOnce(&mut S, T, &C)) {
    f(state, event, cx);
}

/// `.on_timer(f)`: runs for every timer that fires, with the state of its key.
#[inline(always)]
pub fn on_timer<S, C>(state: &mut S, cx: &C, f: impl FnOnce(&mut S, &C)) {
    f(state, cx);
}
