//! `.state::<S>(…).on_event(…).on_timer(…)` against a model that keeps lists.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use streaming_runtime::keyed::{Cx, TimerCx};
use streaming_runtime::sink::Collected;
use streaming_runtime::testing::{Checkpoint, json};
use streaming_runtime::{Graph, Pipeline, stream_pipeline};

use super::input::{Event, Input, inputs};
use super::model::{Moment, Watermark, moments};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Seen {
    n: u32,
    ids: Vec<u32>,
}

/// What a call saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    key: String,
    what: String,
    at: i64,
    watermark: i64,
    late: bool,
    n: u32,
    ids: Vec<u32>,
    timer: Option<i64>,
}

/// What the functions below can do, by the pipeline or by the model.
trait Calls {
    fn key(&self) -> String;
    fn at(&self) -> i64;
    fn watermark(&self) -> i64;
    fn is_late(&self) -> bool;
    fn timer(&mut self, id: u64) -> Option<i64>;
    fn set(&mut self, id: u64, at: i64);
    fn cancel(&mut self, id: u64);
    fn set_batch(&mut self, id: u64, after: i64);
    fn cancel_batch(&mut self, id: u64);
    fn clear(&mut self);
    fn emit(&mut self, row: Row);

    fn tell(&mut self, seen: &Seen, what: String) {
        let row = Row {
            key: self.key(),
            what,
            at: self.at(),
            watermark: self.watermark(),
            late: self.is_late(),
            n: seen.n,
            ids: seen.ids.clone(),
            timer: self.timer(0),
        };
        self.emit(row);
    }
}

/// Everything that can be done, by the value of the event.
fn given(seen: &mut Seen, event: &Event, calls: &mut impl Calls) {
    seen.n += 1;
    seen.ids.push(event.id);
    calls.tell(seen, format!("event {}", event.id));
    let at = calls.at();
    match event.value.rem_euclid(12) {
        0 | 1 => calls.set(0, at + 5),
        2 => calls.set(1, at + 20),
        3 => calls.cancel(0),
        4 => calls.clear(),
        5 => calls.set(0, at - 30),
        6 => calls.set_batch(0, 7),
        7 => calls.set_batch(1, -3),
        8 => {
            calls.set(2, at + 40);
            calls.cancel(1);
            calls.cancel_batch(0);
        }
        9 => {
            calls.clear();
            calls.set(0, at + 3);
        }
        10 => calls.tell(seen, "again".to_owned()),
        _ => {}
    }
}

/// The same for a timer.
fn fires(seen: &mut Seen, (id, by_batch): (u64, bool), time: i64, calls: &mut impl Calls) {
    seen.n += 1;
    calls.tell(seen, format!("timer {id} {by_batch}"));
    match (id, by_batch) {
        (0, false) if seen.n.is_multiple_of(2) => calls.set(1, time + 3),
        // That is over: it comes with the next batch.
        (0, false) if seen.n.is_multiple_of(3) => calls.set(0, time),
        (1, false) if seen.n.is_multiple_of(5) => calls.clear(),
        (2, false) => calls.set_batch(0, 4),
        (1, true) => calls.set(2, calls.watermark().saturating_add(2)),
        (0, true) if seen.n.is_multiple_of(2) => calls.set_batch(1, 0),
        _ => {}
    }
}

struct OfEvent<'x, 'c>(&'x Cx<'c, String, Row>);

impl Calls for OfEvent<'_, '_> {
    fn key(&self) -> String {
        self.0.key().clone()
    }
    fn at(&self) -> i64 {
        self.0.event_time()
    }
    fn watermark(&self) -> i64 {
        self.0.watermark()
    }
    fn is_late(&self) -> bool {
        self.0.is_late()
    }
    fn timer(&mut self, id: u64) -> Option<i64> {
        self.0.timer(id).at()
    }
    fn set(&mut self, id: u64, at: i64) {
        if id == 0 {
            self.0.set_timer(at);
        } else {
            self.0.timer(id).set(at);
        }
    }
    fn cancel(&mut self, id: u64) {
        if id == 0 {
            self.0.cancel_timer();
        } else {
            self.0.timer(id).cancel();
        }
    }
    fn set_batch(&mut self, id: u64, after: i64) {
        let at = self.0.batch_time() + after;
        if id == 0 {
            self.0.set_batch_timer(at);
        } else {
            self.0.batch_timer(id).set(at);
        }
    }
    fn cancel_batch(&mut self, id: u64) {
        if id == 0 {
            self.0.cancel_batch_timer();
        } else {
            self.0.batch_timer(id).cancel();
        }
    }
    fn clear(&mut self) {
        self.0.clear();
    }
    fn emit(&mut self, row: Row) {
        self.0.emit(row);
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as a pipeline calls it")]
fn on_event(seen: &mut Seen, event: Event, cx: &Cx<'_, String, Row>) {
    given(seen, &event, &mut OfEvent(cx));
}

fn on_timer(seen: &mut Seen, cx: &TimerCx<'_, String, Row>) {
    let (which, time) = ((cx.id(), cx.is_batch_timer()), cx.time());
    fires(seen, which, time, &mut OfEvent(cx));
}

stream_pipeline!(
    fn by_hand(ttl: Duration, max_delay: Duration, rows: Collected<Row>) {
        let events = memory(Vec::<Event>::new()).event_time(|e| e.at, max_delay = max_delay);
        let seen = events
            .key_by(|e| e.key.as_str())
            .state::<Seen>(ttl = ttl)
            .on_event(|seen, event, cx| on_event(seen, event, cx))
            .on_timer(|seen, cx| on_timer(seen, cx));
        seen.to(collect(rows));
    }
);

/// A timer: when, which, and whether it waits for the next batch.
#[derive(Debug, Clone, Copy)]
struct Timer {
    at: i64,
    id: u64,
    waits: bool,
}

#[derive(Debug, Clone, Default)]
struct OfKey {
    seen: Seen,
    event: Vec<Timer>,
    batch: Vec<Timer>,
    touched: i64,
    /// The last timers that fired in this batch.
    fired: (Option<i64>, Option<i64>),
}

struct InModel<'m> {
    key: &'m str,
    at: i64,
    watermark: i64,
    now: i64,
    in_timer: bool,
    of: &'m mut OfKey,
    cleared: bool,
    rows: &'m mut Vec<Row>,
}

fn set(list: &mut Vec<Timer>, at: i64, id: u64, waits: bool) {
    list.retain(|timer| timer.id != id);
    list.push(Timer { at, id, waits });
    list.sort_by_key(|timer| (timer.at, timer.id));
}

impl Calls for InModel<'_> {
    fn key(&self) -> String {
        self.key.to_owned()
    }
    fn at(&self) -> i64 {
        self.at
    }
    fn watermark(&self) -> i64 {
        self.watermark
    }
    fn is_late(&self) -> bool {
        !self.in_timer && self.at < self.watermark
    }
    fn timer(&mut self, id: u64) -> Option<i64> {
        let timer = self.of.event.iter().find(|timer| timer.id == id);
        timer.map(|timer| timer.at)
    }
    fn set(&mut self, id: u64, at: i64) {
        let waits = self.in_timer && self.of.fired.0.is_some_and(|last| at <= last);
        set(&mut self.of.event, at, id, waits);
    }
    fn cancel(&mut self, id: u64) {
        self.of.event.retain(|timer| timer.id != id);
    }
    fn set_batch(&mut self, id: u64, after: i64) {
        let at = self.now + after;
        let waits = self.in_timer && self.of.fired.1.is_some_and(|last| at <= last);
        set(&mut self.of.batch, at, id, waits);
    }
    fn cancel_batch(&mut self, id: u64) {
        self.of.batch.retain(|timer| timer.id != id);
    }
    fn clear(&mut self) {
        self.of.event.clear();
        self.of.batch.clear();
        self.cleared = true;
    }
    fn emit(&mut self, row: Row) {
        self.rows.push(row);
    }
}

/// A batch for one key.
struct Turn<'m> {
    key: &'m str,
    before: i64,
    after: i64,
    now: i64,
    rows: &'m mut Vec<Row>,
}

impl Turn<'_> {
    fn call(
        &mut self,
        of: &mut OfKey,
        at: i64,
        watermark: i64,
        in_timer: bool,
        run: impl FnOnce(&mut Seen, &mut InModel<'_>),
    ) {
        let mut seen = of.seen.clone();
        let mut calls = InModel {
            key: self.key,
            at,
            watermark,
            now: self.now,
            in_timer,
            of,
            cleared: false,
            rows: self.rows,
        };
        run(&mut seen, &mut calls);
        let cleared = calls.cleared;
        of.seen = if cleared { Seen::default() } else { seen };
        of.touched = self.now;
    }

    /// Fires one timer that is due, and says whether there was one. A timer by event time sees `now` as the watermark.
    fn fire(&mut self, of: &mut OfKey, by_batch: bool, now: i64) -> bool {
        let list = if by_batch { &mut of.batch } else { &mut of.event };
        let Some(at) = list.iter().position(|timer| timer.at <= now && !timer.waits) else {
            return false;
        };
        let timer = list.remove(at);
        let fired = if by_batch { &mut of.fired.1 } else { &mut of.fired.0 };
        *fired = (*fired).max(Some(timer.at));
        let mut present = [self.after, self.before].into_iter();
        let present = present.find(|at| *at != i64::MIN && *at != i64::MAX);
        // Where no time is known, it is that of the batch: no test looks at it.
        let at = if by_batch {
            present.unwrap_or(i64::MIN)
        } else if self.before == i64::MAX {
            timer.at
        } else {
            timer.at.max(self.before)
        };
        let time = timer.at;
        let watermark = if by_batch { self.after } else { now };
        self.call(of, at, watermark, true, |seen, calls| {
            fires(seen, (timer.id, by_batch), time, calls);
        });
        true
    }

    fn run(&mut self, of: &mut OfKey, events: &[&Event], ttl: i64) {
        let idle = of.event.is_empty() && of.batch.is_empty();
        if idle && of.touched + ttl <= self.now {
            of.seen = Seen::default();
        }
        of.fired = (None, None);
        of.event
            .iter_mut()
            .chain(&mut of.batch)
            .for_each(|timer| timer.waits = false);
        for at in 0..events.len() {
            let left = events[at..].iter().map(|event| event.at);
            let earliest = left.filter(|at| *at >= self.before).min().unwrap_or(i64::MAX);
            let now = earliest.min(self.after);
            while now < i64::MAX && self.fire(of, false, now) {}
            let event = events[at];
            self.call(of, event.at, self.before, false, |seen, calls| {
                given(seen, event, calls);
            });
        }
        loop {
            while self.fire(of, false, self.after) {}
            if self.fire(of, true, self.now) {
                while self.fire(of, true, self.now) {}
                continue;
            }
            // No batch comes after the end.
            let ended = self.after == i64::MAX;
            if !ended || of.event.iter().all(|timer| !timer.waits) {
                break;
            }
            of.event.iter_mut().for_each(|timer| timer.waits = false);
            of.fired.0 = None;
        }
    }
}

/// The rows of each batch, by key and there in order.
fn model(moments: &[Moment<'_>], ttl: i64) -> Vec<BTreeMap<String, Vec<Row>>> {
    let mut keys = BTreeMap::<String, OfKey>::new();
    let each = moments.iter().map(|moment| {
        for (_, event) in &moment.events {
            keys.entry(event.key.clone()).or_default();
        }
        let mut given = BTreeMap::new();
        for (key, of) in &mut keys {
            let events = moment.events.iter().map(|(_, event)| *event);
            let events: Vec<&Event> = events.filter(|event| event.key == *key).collect();
            let mut rows = Vec::new();
            let mut turn = Turn {
                key,
                before: moment.before,
                after: moment.after,
                now: i64::try_from(moment.now).unwrap(),
                rows: &mut rows,
            };
            turn.run(of, &events, ttl);
            if !rows.is_empty() {
                given.insert(key.clone(), rows);
            }
        }
        given
    });
    each.collect()
}

fn by_key(rows: Vec<Row>) -> BTreeMap<String, Vec<Row>> {
    let mut keys = BTreeMap::<String, Vec<Row>>::new();
    for row in rows {
        keys.entry(row.key.clone()).or_default().push(row);
    }
    keys
}

/// The event time of a batch timer means nothing before any is known.
fn comparable(mut keys: BTreeMap<String, Vec<Row>>) -> BTreeMap<String, Vec<Row>> {
    let rows = keys.values_mut().flatten();
    let unknown = rows.filter(|row| row.what.ends_with("true") && [i64::MIN, i64::MAX].contains(&row.watermark));
    unknown.for_each(|row| row.at = 0);
    keys
}

fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1200, ..ProptestConfig::default() })]

    #[test]
    fn state_by_hand(
        input in inputs(80, 60),
        ttl in 1u64..60,
        max_delay in prop_oneof![Just(0u64), 0u64..40],
        key_partitions in (0u32..4).prop_map(|n| 1usize << n),
    ) {
        let rows = Collected::new();
        let pipeline = by_hand(millis(ttl), millis(max_delay), rows.clone());
        let mut driver = pipeline.key_partitions(key_partitions).test();
        driver.partitions("events", input.partitions);
        let mut watermark = [Watermark::new(max_delay as i64, None, 0..input.partitions)];
        let moments = moments(&input, &mut watermark);
        for (batch, want) in model(&moments, ttl as i64).into_iter().enumerate() {
            input.run(&mut driver, batch, |partition| ("events", partition));
            prop_assert_eq!(comparable(by_key(rows.take())), comparable(want), "batch {}", batch);
        }
    }
}

stream_pipeline!(
    /// The same over input that can be read again, and a window behind it.
    fn kept(ttl: Duration, max_delay: Duration) {
        let events = files("in/*")
            .json::<Event>()
            .event_time(|e| e.at, max_delay = max_delay);
        let seen = events
            .key_by(|e| e.key.as_str())
            .state::<Seen>(ttl = ttl)
            .on_event(|seen, event, cx| on_event(seen, event, cx))
            .on_timer(|seen, cx| on_timer(seen, cx));
        let counts = seen.key_by(|row| row.key.as_str()).window(tumbling(20ms)).count();
        seen.to(files("seen").jsonl());
        counts
            .map(|(key, window, n)| (key, window.start, n))
            .to(files("counts").jsonl());
    }
);

/// What a pipeline gives that is left alone, killed or stopped after each batch.
fn given_by<G: Graph>(pipeline: impl Fn() -> Pipeline<G>, input: &Input, restarts: &[u8]) -> (Vec<Row>, Vec<String>) {
    let mut driver = pipeline().key_partitions(4).test_with(Checkpoint::temporary());
    let (mut rows, mut counts) = (Vec::new(), Vec::new());
    for (batch, restart) in input.batches.iter().zip(restarts.iter().cycle()) {
        match restart {
            0 => driver.crash(),
            1 => driver.stop(),
            _ => {}
        }
        if *restart < 2 {
            driver = driver.restart(pipeline().key_partitions(4));
        }
        for (_, event) in batch.events() {
            driver.push("events", json([event.clone()]));
        }
        driver.advance(millis(batch.wait));
        rows.extend(driver.take_output("seen.files").json::<Row>());
        counts.extend(driver.take_output("counts.files").sorted());
    }
    // Files may grow: what is pending fires when a record comes that is late enough.
    if let Some(last) = input.events().map(|event| event.at).max() {
        let end = Event {
            id: 0,
            key: "end".to_owned(),
            at: last + 10_000,
            value: 11,
        };
        driver.push("events", json([end]));
    }
    driver.finish();
    rows.extend(driver.take_output("seen.files").json::<Row>());
    counts.extend(driver.take_output("counts.files").sorted());
    (rows, counts)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

    /// Timers and state survive, whatever ends the pipeline between two batches.
    #[test]
    fn restarts_do_not_show(
        input in inputs(40, 60),
        ttl in 1u64..60,
        max_delay in 0u64..40,
        restarts in prop::collection::vec(0u8..4, 60),
    ) {
        let whole = Input { partitions: 1, ..input };
        let pipeline = || kept(millis(ttl), millis(max_delay));
        let (rows, counts) = given_by(pipeline, &whole, &restarts);
        let (alone, counted) = given_by(pipeline, &whole, &[9]);
        prop_assert_eq!(comparable(by_key(rows)), comparable(by_key(alone)));
        prop_assert_eq!(counts, counted);
    }
}
