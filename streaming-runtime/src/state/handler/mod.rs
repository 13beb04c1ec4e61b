//! State that is written by hand: `.state::<S>(…).on_event(…).on_timer(…)`.

mod cx;
mod list;
mod pass;
mod timers;

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use self::cx::Clocked;
pub use self::cx::{Cx, Silent, Timed, TimerCx, TimerOf, Untimed, WithEventTime, WithTimers};
use self::pass::Pass;
use self::timers::{By, Timers};
use super::State;
use super::combine::Append;
use super::deadlines::Deadlines;
use super::exchange::Exchange;
use super::keyed::{CameTo, Close, Due, Index, Keyed, RestOf};
use super::scope::Running;
use super::table::Entry;
use crate::key::OwnedKey;
use crate::lend::Ask;
use crate::task::{Arrival, Order};
use crate::time::Whole;

/// What `.state::<S>(…)` may keep for a key.
pub trait KeyState: State + Default {}

#[diagnostic::do_not_recommend]
impl<S: State + Default> KeyState for S {}

/// `.state::<S>(…)`: what rests for a key, and for how long.
#[derive(Debug)]
pub struct Handwritten<S> {
    ttl: Option<i64>,
    of: PhantomData<fn() -> S>,
}

impl<S> Clone for Handwritten<S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S> Copy for Handwritten<S> {}

impl<S> Handwritten<S> {
    pub(crate) fn bound(bound: Running) -> Self {
        Self {
            ttl: bound.millis(),
            of: PhantomData,
        }
    }
}

/// Asks about the type that is kept for keys.
#[must_use]
pub fn kept_for_keys<S>(_: &Handwritten<S>) -> Ask<S> {
    Ask::any()
}

/// The records of a key, each with its order.
type Events<T> = Vec<(Order, T)>;

/// An exchange that brings each key its records.
pub type Shipping<K, T> = Exchange<K, Events<T>, Append, Whole>;

/// The types that a handler works on.
type Of<K, T, S, R, C> = PhantomData<fn() -> (K, T, S, R, C)>;

/// Closures of the user's over the state of a key.
pub struct Handler<K, T, S, R, C, F, G> {
    ttl: Option<i64>,
    on_event: F,
    on_timer: G,
    of: Of<K, T, S, R, C>,
}

opaque_debug!([K, T, S, R, C, F, G] Handler<K, T, S, R, C, F, G>);

/// `.on_event(f)` behind this exchange; the exchange fixes the type of the record.
pub fn handler<K, T, S, R, C, F>(
    _: &Shipping<K, T>,
    state: Handwritten<S>,
    _: C,
    on_event: F,
) -> Handler<K, T, S, R, C, F, NoTimer>
where
    F: Fn(&mut S, T, &Cx<'_, K, R, C>),
{
    Handler {
        ttl: state.ttl,
        on_event,
        on_timer: NoTimer,
        of: PhantomData,
    }
}

impl<K, T, S, R, C, F> Handler<K, T, S, R, C, F, NoTimer> {
    /// `.on_timer(f)`
    pub fn on_timer<G>(self, on_timer: G) -> Handler<K, T, S, R, C, F, OnTimer<G>>
    where
        G: Fn(&mut S, &TimerCx<'_, K, R, C>),
    {
        Handler {
            ttl: self.ttl,
            on_event: self.on_event,
            on_timer: OnTimer(on_timer),
            of: PhantomData,
        }
    }
}

/// What becomes of a timer that fires.
pub trait Alarm<K, S, R, C>: Send + Sync + 'static {
    /// Whether there is an `on_timer`.
    const FIRES: bool = true;
    /// A timer fires.
    fn fire(&self, state: &mut S, cx: &TimerCx<'_, K, R, C>);
}

/// There is no `on_timer`.
#[derive(Debug, Clone, Copy)]
pub struct NoTimer;

/// A function of the user's.
#[derive(Debug, Clone, Copy)]
pub struct OnTimer<G>(G);

impl<K, S, R, C> Alarm<K, S, R, C> for NoTimer {
    const FIRES: bool = false;
    fn fire(&self, _: &mut S, _: &TimerCx<'_, K, R, C>) {
        unreachable!("no timer is set without `on_timer`")
    }
}

impl<K, S, R, C, G> Alarm<K, S, R, C> for OnTimer<G>
where
    G: Fn(&mut S, &TimerCx<'_, K, R, C>) + Send + Sync + 'static,
{
    fn fire(&self, state: &mut S, cx: &TimerCx<'_, K, R, C>) {
        (self.0)(state, cx);
    }
}

/// What rests for a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept<S> {
    /// The batch time of the last record or timer.
    touched: i64,
    state: S,
    timers: Timers,
}

/// When keys have something to do: a deadline for each key and list at least.
#[derive(Debug, Default)]
pub struct Alarms {
    /// Timers that go by the watermark.
    event: Deadlines,
    /// Timers that go by the time of batches.
    batch: Deadlines,
    /// Keys that may be forgotten.
    ends: Deadlines,
}

impl Index for Alarms {
    fn commit(&mut self) {
        self.event.commit();
        self.batch.commit();
        self.ends.commit();
    }
    fn abort(&mut self) {
        self.event.abort();
        self.batch.abort();
        self.ends.abort();
    }
}

/// What is known of a row: when it happened, and its place in the order of arrival.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    at: i64,
    place: Arrival,
}

impl Moment {
    /// The event time of the row.
    #[must_use]
    pub fn event_time(self) -> i64 {
        self.at
    }
}

/// The only slice.
const SLICE: i64 = 0;

impl<K, T, S, R, C, F, G> Keyed for Handler<K, T, S, R, C, F, G>
where
    K: OwnedKey,
    T: Send + 'static,
    S: KeyState,
    R: 'static,
    C: Clocked,
    F: Fn(&mut S, T, &Cx<'_, K, R, C>) + Send + Sync + 'static,
    G: Alarm<K, S, R, C>,
{
    type Key = K;
    type Part = Events<T>;
    type Combine = Append;
    type Slicing = Whole;
    type Held = Kept<S>;
    type Index = Alarms;
    type Group = ();
    type Context = Moment;
    type Value = R;

    fn pass(
        &self,
        _: &Append,
        rest: &mut RestOf<Self>,
        came: &mut CameTo<Self>,
        close: Close,
        mut emit: impl FnMut(Moment, Entry<(), R>),
    ) {
        self.tidy(rest);
        let mut pass = Pass::new(close);
        for (_, parts) in came {
            for Entry { hash, key, value } in parts.drain() {
                self.handle(rest, (hash, key), value.part, &mut pass, &mut emit);
            }
        }
        self.wake(rest, &mut pass, &mut emit);
        self.forget(rest, close);
    }

    fn rebuild(&self, rest: &mut RestOf<Self>) {
        let first = |by| {
            let entries = rest.store.entries();
            entries.filter_map(move |(_, entry)| Some((entry.value.timers.first(by)?, entry.hash)))
        };
        rest.index.event.refill(first(By::Event));
        rest.index.batch.refill(first(By::Batch));
        if let Some(ttl) = self.ttl {
            let entries = rest.store.entries();
            let ends = entries.map(|(_, entry)| (entry.value.touched.saturating_add(ttl), entry.hash));
            rest.index.ends.refill(ends);
        }
    }

    /// A timer that could never fire is not kept in silence.
    fn accept(&self, rest: &RestOf<Self>) -> Result<(), String> {
        let mut timers = rest.store.entries().map(|(_, entry)| &entry.value.timers);
        if !G::FIRES && timers.any(|timers| !timers.is_empty()) {
            return Err(
                "the checkpoint holds timers, and there is no `on_timer` for them any more; write one".to_owned(),
            );
        }
        if !C::EVENT_TIME && timers.any(|timers| timers.first(By::Event).is_some()) {
            return Err(
                "the checkpoint holds timers by event time, and there is no `event_time` before it any more; write it"
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn due(&self, rest: &RestOf<Self>) -> Due {
        let Alarms { event, batch, ends } = &rest.index;
        let by_batch = Due::at_batch(batch.next()).or(Due::at_end(ends.next()));
        Due::at_event(event.next()).or(by_batch)
    }

    fn time_of(moment: Moment) -> i64 {
        moment.at
    }

    fn place_of(moment: Moment, _: u64) -> Arrival {
        moment.place
    }
}
