//! One close of a key partition: records and timers meet the closures.

use std::mem::take;

use super::cx::{Clocked, Clockwork, Turn};
use super::timers::{By, Held, Timer, Timers};
use super::{Alarm, Alarms, Cx, Events, Handler, Kept, KeyState, Moment, SLICE, TimerCx};
use crate::key::OwnedKey;
use crate::state::deadlines::Deadlines;
use crate::state::keyed::{Close, Keyed, RestOf};
use crate::state::table::Entry;
use crate::task::{Arrival, Order};

/// Keys of a key partition that one batch forgets at most, as with `.running(…)`.
const FORGOTTEN: usize = 16 << 10;
/// Timers that `on_timer` may set for a key once the sources have ended, when each that is set is due at once.
const AT_THE_END: usize = 100_000;

/// What a close of one key partition works with.
pub(super) struct Pass<R> {
    close: Close,
    rows: Vec<R>,
    held: Held,
    /// For each record of a key, the earliest time of it and of those that follow and are not late.
    earliest: Vec<i64>,
}

impl<R> Pass<R> {
    pub(super) fn new(close: Close) -> Self {
        Self {
            close,
            rows: Vec::new(),
            held: Held::default(),
            earliest: Vec::new(),
        }
    }

    /// The event time of a row of a timer by event time: it is not late for the stream downstream.
    fn time_of(&self, timer: Timer) -> i64 {
        match self.close.before {
            i64::MAX => timer.at,
            before => timer.at.max(before),
        }
    }

    fn turn(&self, at: i64, watermark: i64, in_timer: bool) -> Turn {
        let batch_time = self.close.batch_time;
        Turn {
            at,
            watermark,
            batch_time,
            in_timer,
        }
    }

    fn look_ahead<T>(&mut self, events: &[(Order, T)]) {
        self.earliest.clear();
        let mut earliest = i64::MAX;
        for (order, _) in events.iter().rev() {
            if order.at >= self.close.before {
                earliest = earliest.min(order.at);
            }
            self.earliest.push(earliest);
        }
        self.earliest.reverse();
    }

    /// The event time of a timer that goes by the time of batches: the watermark, where there is a sensible one.
    fn present(&self) -> i64 {
        let known = [self.close.watermark, self.close.before].into_iter();
        let mut known = known.filter(|at| *at != i64::MIN && *at != i64::MAX);
        known.next().unwrap_or(self.close.batch_time)
    }
}

/// The key that closures work on.
struct OfKey<'p, K, S> {
    hash: u64,
    key: &'p K,
    kept: Kept<S>,
    /// Something rests for it: it was not cleared last.
    there: bool,
    /// The place of the last row. It never goes back, so that the rows of a key keep their order, and is the place of a record of
    /// this key or follows from its hash, so that rows of two keys never tie.
    place: Arrival,
    /// No record of it came with the batch.
    woken: bool,
    /// How many more timers by event time may fire.
    left: usize,
}

impl<S: KeyState> Kept<S> {
    fn new(close: Close) -> Self {
        Self {
            touched: close.batch_time,
            state: S::default(),
            timers: Timers::default(),
        }
    }

    fn is_due(&self, close: Close) -> bool {
        let due = |by, now: i64| self.timers.first(by).is_some_and(|at| at <= now);
        due(By::Event, close.watermark) || due(By::Batch, close.batch_time)
    }
}

/// Both kinds of timers.
const KINDS: [By; 2] = [By::Event, By::Batch];

impl<K, T, S, R, C, F, G> Handler<K, T, S, R, C, F, G>
where
    K: OwnedKey,
    T: Send + 'static,
    S: KeyState,
    R: 'static,
    C: Clocked,
    F: Fn(&mut S, T, &Cx<'_, K, R, C>) + Send + Sync + 'static,
    G: Alarm<K, S, R, C>,
{
    /// Gives the records of a key to `on_event`, in their order, and fires timers between them.
    ///
    /// A timer that is due fires before a record of its time or later, but after all earlier ones of the batch. The watermark that it
    /// sees is at most the time of that record. So it makes no difference to the timer whether what made it due came with the same
    /// batch. What is due only because the sources have ended fires after all records, late ones included.
    pub(super) fn handle(
        &self,
        rest: &mut RestOf<Self>,
        (hash, key): (u64, K),
        mut events: Events<T>,
        pass: &mut Pass<R>,
        emit: &mut impl FnMut(Moment, Entry<(), R>),
    ) {
        let close = pass.close;
        events.sort_by_key(|(order, _)| order.arrival);
        let resting = rest.store.look(SLICE, hash, &key);
        let (known, before) = (resting.is_some(), firsts(resting));
        let alive = resting.filter(|kept| !self.is_over(kept, close)).cloned();
        let mut of = OfKey {
            hash,
            key: &key,
            there: alive.is_some(),
            kept: alive.unwrap_or_else(|| Kept::new(close)),
            place: events.first().map_or_else(Arrival::default, |(order, _)| order.place()),
            woken: false,
            left: usize::MAX,
        };
        pass.held.reset();
        let (mut given, mut looked) = (0, None);
        let mut events = events.into_iter();
        loop {
            if of.kept.timers.first(By::Event).is_some_and(|at| at <= close.watermark) && events.len() > 0 {
                let from = *looked.get_or_insert_with(|| {
                    pass.look_ahead(events.as_slice());
                    given
                });
                let now = close.watermark.min(pass.earliest[given - from]);
                if now < i64::MAX {
                    self.fire(&mut of, By::Event, now, pass, emit);
                }
            }
            let Some((order, event)) = events.next() else {
                break;
            };
            given += 1;
            self.give(&mut of, order, event, pass, emit);
        }
        self.fire_all(&mut of, pass, emit);
        let (kept, there) = (of.kept, of.there);
        let kept = Self::keep(rest, Entry { hash, key, value: kept }, there, before, pass);
        if let Some(ttl) = self.ttl.filter(|_| kept && !known) {
            rest.index.ends.add(close.batch_time.saturating_add(ttl), hash);
        }
    }

    /// Fires what is due of keys for which nothing came.
    pub(super) fn wake(
        &self,
        rest: &mut RestOf<Self>,
        pass: &mut Pass<R>,
        emit: &mut impl FnMut(Moment, Entry<(), R>),
    ) {
        let close = pass.close;
        let mut due = Vec::new();
        while let Some(hash) = rest.index.event.take(close.watermark) {
            due.push((hash, By::Event));
        }
        while let Some(hash) = rest.index.batch.take(close.batch_time) {
            due.push((hash, By::Batch));
        }
        // Where several keys fire, their order follows from nothing but their hashes.
        due.sort_by_key(|(hash, _)| *hash);
        let mut last = None;
        for (hash, _) in &due {
            if last.replace(*hash) == Some(*hash) {
                continue;
            }
            for key in rest.store.keys_with_hash(SLICE, *hash) {
                // What came with this batch has fired, but for what waits for the next one.
                if rest.store.added(SLICE, *hash, &key).is_none() {
                    self.fire_key(rest, (*hash, key), pass, emit);
                }
            }
        }
        // One for all keys of a hash.
        for (hash, by) in due {
            let keys = rest.store.keys_with_hash(SLICE, hash);
            let first = |key: &K| rest.store.look(SLICE, hash, key)?.timers.first(by);
            if let Some(next) = keys.iter().filter_map(first).min() {
                rest.index.list(by).add(next, hash);
            }
        }
    }

    fn fire_key(
        &self,
        rest: &mut RestOf<Self>,
        (hash, key): (u64, K),
        pass: &mut Pass<R>,
        emit: &mut impl FnMut(Moment, Entry<(), R>),
    ) {
        let resting = rest.store.look(SLICE, hash, &key);
        let Some(kept) = resting.filter(|kept| kept.is_due(pass.close)).cloned() else {
            return;
        };
        let before = firsts(resting);
        let mut of = OfKey {
            hash,
            key: &key,
            there: true,
            kept,
            place: Arrival::default(),
            woken: true,
            left: usize::MAX,
        };
        pass.held.reset();
        self.fire_all(&mut of, pass, emit);
        let (kept, there) = (of.kept, of.there);
        Self::keep(rest, Entry { hash, key, value: kept }, there, before, pass);
    }

    /// Leaves what closures made of a key in the store, and says when to look at it again. Gives whether anything is left.
    fn keep(
        rest: &mut RestOf<Self>,
        entry: Entry<K, Kept<S>>,
        there: bool,
        before: [Option<i64>; KINDS.len()],
        pass: &Pass<R>,
    ) -> bool {
        if !there && entry.value.timers.is_empty() {
            rest.store.remove(SLICE, entry.hash, &entry.key);
            return false;
        }
        for (by, before) in KINDS.into_iter().zip(before) {
            let first = entry.value.timers.first(by);
            // A deadline that is there already comes before those that are later.
            if let Some(first) = first.filter(|first| before.is_none_or(|before| *first < before)) {
                rest.index.list(by).add(first, entry.hash);
            }
        }
        if entry
            .value
            .timers
            .first(By::Event)
            .is_some_and(|at| at <= pass.close.watermark)
        {
            // It waits for the next batch, and that does not wait for input.
            rest.index
                .batch
                .add(pass.close.batch_time.saturating_add(1), entry.hash);
        }
        rest.store.put(SLICE, entry);
        true
    }

    /// Fires all that is due, and what that sets. No batch comes after the end of the sources: nothing waits for it.
    fn fire_all(&self, of: &mut OfKey<'_, K, S>, pass: &mut Pass<R>, emit: &mut impl FnMut(Moment, Entry<(), R>)) {
        let Close {
            watermark, batch_time, ..
        } = pass.close;
        let ended = watermark == i64::MAX;
        if ended {
            of.left = of.kept.timers.count(By::Event) + AT_THE_END;
        }
        loop {
            let by_event = self.fire(of, By::Event, watermark, pass, emit);
            let by_batch = self.fire(of, By::Batch, batch_time, pass, emit);
            let goes_on = by_event || by_batch || (ended && pass.held.release(By::Event));
            if !goes_on {
                return;
            }
        }
    }

    /// Fires the timers that are due, in the order of their times. Gives whether there were any.
    fn fire(
        &self,
        of: &mut OfKey<'_, K, S>,
        by: By,
        now: i64,
        pass: &mut Pass<R>,
        emit: &mut impl FnMut(Moment, Entry<(), R>),
    ) -> bool {
        let mut fired = false;
        while let Some(timer) = of.kept.timers.take(by, now, &pass.held) {
            pass.held.fires(by, timer);
            fired = true;
            let (at, watermark) = match by {
                By::Event => {
                    assert!(
                        of.left > 0,
                        "`on_timer` has set {AT_THE_END} timers for one key since the sources ended, when every timer is due: set \
                         none where `cx.watermark()` is `i64::MAX`"
                    );
                    of.left -= 1;
                    (pass.time_of(timer), now)
                }
                By::Batch => (pass.present(), pass.close.watermark),
            };
            if of.woken {
                of.place = of.place.max(Order::of_result(timer.at, of.hash));
            }
            let turn = pass.turn(at, watermark, true);
            let place = of.place;
            Self::call(of, turn, place, pass, emit, |state, cx| {
                let cx = TimerCx { cx, timer, by };
                self.on_timer.fire(state, &cx);
                cx.cx
            });
        }
        fired
    }

    /// Gives a record to `on_event`.
    fn give(
        &self,
        of: &mut OfKey<'_, K, S>,
        order: Order,
        event: T,
        pass: &mut Pass<R>,
        emit: &mut impl FnMut(Moment, Entry<(), R>),
    ) {
        let place = order.place();
        of.place = place;
        let turn = pass.turn(order.at, pass.close.before, false);
        Self::call(of, turn, place, pass, emit, |state, cx| {
            (self.on_event)(state, event, &cx);
            cx
        });
    }

    /// One call of a closure, and the rows that it gives.
    fn call(
        of: &mut OfKey<'_, K, S>,
        turn: Turn,
        place: Arrival,
        pass: &mut Pass<R>,
        emit: &mut impl FnMut(Moment, Entry<(), R>),
        run: impl for<'c> FnOnce(&mut S, Cx<'c, K, R, C>) -> Cx<'c, K, R, C>,
    ) {
        let timers = Clockwork {
            timers: take(&mut of.kept.timers),
            held: take(&mut pass.held),
        };
        let cx = Cx::new(of.key, turn, timers, take(&mut pass.rows));
        let (timers, rows, cleared) = run(&mut of.kept.state, cx).into_parts();
        (of.kept.timers, pass.held, pass.rows) = (timers.timers, timers.held, rows);
        if cleared {
            of.kept.state = S::default();
        }
        of.there = !cleared;
        of.kept.touched = turn.batch_time;
        for value in pass.rows.drain(..) {
            let (hash, key) = (of.hash, ());
            emit(Moment { at: turn.at, place }, Entry { hash, key, value });
        }
    }

    /// Whether the time of a key is over: it has no timers, and nothing came for so long.
    fn is_over(&self, kept: &Kept<S>, close: Close) -> bool {
        let ended = |ttl| kept.touched.saturating_add(ttl) <= close.batch_time;
        kept.timers.is_empty() && self.ttl.is_some_and(ended)
    }

    /// Forgets keys whose time is over.
    pub(super) fn forget(&self, rest: &mut RestOf<Self>, close: Close) {
        let Some(ttl) = self.ttl else {
            return;
        };
        for _ in 0..FORGOTTEN {
            let Some(hash) = rest.index.ends.take(close.batch_time) else {
                return;
            };
            let mut next = None::<i64>;
            for key in rest.store.keys_with_hash(SLICE, hash) {
                let Some(kept) = rest.store.look(SLICE, hash, &key) else {
                    continue;
                };
                if self.is_over(kept, close) {
                    rest.store.remove(SLICE, hash, &key);
                    continue;
                }
                // A timer has no end that is known: the key is looked at now and then.
                let after = if kept.timers.is_empty() {
                    kept.touched
                } else {
                    close.batch_time
                };
                next = next.into_iter().chain([after.saturating_add(ttl.max(1))]).min();
            }
            // One for all keys of this hash.
            if let Some(next) = next {
                rest.index.ends.add(next, hash);
            }
        }
    }

    /// Drops deadlines that mean nothing any more: of timers that were cancelled, and of keys that were cleared.
    pub(super) fn tidy(&self, rest: &mut RestOf<Self>) {
        let most = rest.store.len() * 2 + 1024;
        let Alarms { event, batch, ends } = &rest.index;
        if [event, batch, ends].into_iter().any(|list| list.len() > most) {
            self.rebuild(rest);
        }
    }
}

/// The earliest timers of a key.
fn firsts<S>(kept: Option<&Kept<S>>) -> [Option<i64>; KINDS.len()] {
    KINDS.map(|by| kept.and_then(|kept| kept.timers.first(by)))
}

impl Alarms {
    fn list(&mut self, by: By) -> &mut Deadlines {
        match by {
            By::Event => &mut self.event,
            By::Batch => &mut self.batch,
        }
    }
}
