use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use super::report::{Flaw, Report, shown};
use super::source_lives::{Life, Read, Unit, Wrong, live};
use crate::source::replay::Promise;
use crate::source::{Replay, Source};
use crate::testing::threads::Threads;

/// Puts a source of your own through everything that the runtime may do to it, and reports which promise it does not keep.
///
/// It is read in bounded runs over an outside world that stays as it is: in chunks of every size; with every question dropped while it waits, and asked
/// again; and, where its [positions can be read again](crate::source::replay::Replayable), by a process that dies after every event and another one that
/// resumes from the positions that a checkpoint would hold, whether they were committed or not. Each read must give every record once, and those of a
/// partition in the same order.
///
/// A trial needs three things: a new outside world (a directory, a topic), a source as each process makes it, and the records of a chunk.
///
/// ```
/// # use streaming_runtime::source::{Event, Fetched, Open, Records, Slice, Source, SourceError, replay};
/// use streaming_runtime::testing::{Flaw, SourceHarness};
///
/// /// Counts up to 5.
/// struct Counter { announced: bool, next: u64, forgetful: bool }
///
/// impl Source for Counter {
///     type Chunk = Slice<u64>;
///     type Position = u64;
///     type Replay = replay::Replayable;
///
///     async fn open(&mut self, open: Open<u64>) -> Result<(), SourceError> {
///         if let Some((_label, next)) = open.resume.first().filter(|_| !self.forgetful) {
///             self.next = *next;
///         }
///         Ok(())
///     }
///     // …
/// #   async fn next(&mut self) -> Result<Event<Slice<u64>, u64>, SourceError> {
/// #       if !std::mem::replace(&mut self.announced, true) {
/// #           return Ok(Event::Added { partition: 0, label: "counter".into() });
/// #       }
/// #       if self.next == 5 {
/// #           return Ok(Event::Ended);
/// #       }
/// #       let value = self.next;
/// #       self.next += 1;
/// #       let chunk = Slice::new("counter", value, vec![value]);
/// #       Ok(Event::Chunk(Fetched { partition: 0, chunk, rows: 1, bytes: 8, next: self.next, lag: None }))
/// #   }
/// #   async fn commit(&mut self, _: &[(u32, u64)]) -> Result<(), SourceError> { Ok(()) }
/// }
///
/// let harness = |forgetful| {
///     let source = move |(): &()| Counter { announced: false, next: 0, forgetful };
///     let records = |chunk: &Slice<u64>| chunk.records().map(|(_, value)| *value).collect();
///     SourceHarness::new(async || (), source, records)
/// };
/// harness(false).check(&[0, 1, 2, 3, 4]).assert();
///
/// // A source that does not resume:
/// let report = harness(true).check(&[0, 1, 2, 3, 4]);
/// assert!(report.shows(Flaw::Doubled));
/// assert_eq!(
///     report.faults()[0].to_string(),
///     "resumed after event 2, where `counter` is at 1: doubled: 0"
/// );
/// ```
#[derive(Debug)]
pub struct SourceHarness<N, B, F> {
    world: N,
    source: B,
    records: F,
    patience: Duration,
}

/// The most places that a read is resumed from.
const PLACES: usize = 200;

impl<N, B, F> SourceHarness<N, B, F> {
    /// A harness of sources. `world` makes a new outside world with all that is to be read, `source` what a process would read it with, and `records` takes
    /// the records out of a chunk, in order.
    pub fn new<W, S, R>(world: N, source: B, records: F) -> Self
    where
        N: AsyncFn() -> W,
        B: Fn(&W) -> S,
        S: Source,
        F: Fn(&S::Chunk) -> Vec<R>,
    {
        Self {
            world,
            source,
            records,
            patience: Duration::from_secs(30),
        }
    }

    /// Calls a source hung up that says nothing for so long. The default is 30 s.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Does everything to the source. `expected` is what there is to be read, in any order.
    pub fn check<W, S, R>(&self, expected: &[R]) -> Report
    where
        N: AsyncFn() -> W,
        B: Fn(&W) -> S,
        S: Source,
        F: Fn(&S::Chunk) -> Vec<R>,
        R: Ord + Debug + Clone,
    {
        let threads = Threads::start();
        let mut trials = Trials {
            harness: self,
            threads: &threads,
            report: Report::default(),
        };
        trials.all::<W, S, R>(expected);
        trials.report
    }
}

struct Trials<'t, N, B, F> {
    harness: &'t SourceHarness<N, B, F>,
    threads: &'t Threads,
    report: Report,
}

impl<N, B, F> Trials<'_, N, B, F> {
    fn all<W, S, R>(&mut self, expected: &[R])
    where
        N: AsyncFn() -> W,
        B: Fn(&W) -> S,
        S: Source,
        F: Fn(&S::Chunk) -> Vec<R>,
        R: Ord + Debug + Clone,
    {
        let mut whole = None;
        for (when, life) in whole_reads() {
            let read = self.trial::<W, S, R>(&when, &[life]);
            self.report.compare(&when, expected.to_vec(), all_of(&read.rows), false);
            let order = whole.get_or_insert(read.rows.clone());
            self.compare_order(&when, order, &read.rows);
            if self.report.shows(Flaw::Hangs) {
                return;
            }
        }
        if S::Replay::REPLAY != Replay::Replayable || !self.report.faults.is_empty() {
            return;
        }
        let whole = whole.expect("there was a read");
        let one_by_one = Life {
            chunk_rows: 1,
            ..Life::default()
        };
        let events = self.trial::<W, S, R>("in chunks of 1 record", &[one_by_one]).events;
        let step = events.div_ceil(PLACES).max(1);
        for after in (1..events).step_by(step) {
            for (commits, how) in [
                (1, ""),
                (0, ", nothing of which was committed"),
                (3, ", with old commits"),
            ] {
                let first = Life {
                    events: after,
                    commits,
                    ..one_by_one
                };
                for rest in [Life::default(), one_by_one] {
                    self.resumed::<W, S, R>(after, how, [first, rest], expected, &whole);
                }
            }
        }
    }

    fn resumed<W, S, R>(
        &mut self,
        after: usize,
        how: &str,
        lives: [Life; 2],
        expected: &[R],
        whole: &BTreeMap<Unit, Vec<R>>,
    ) where
        N: AsyncFn() -> W,
        B: Fn(&W) -> S,
        S: Source,
        F: Fn(&S::Chunk) -> Vec<R>,
        R: Ord + Debug + Clone,
    {
        let world = self.threads.wait((self.harness.world)());
        let first = self.life::<W, S, R>(&world, lives[0], &BTreeMap::new());
        let when = format!("resumed after event {after}{how}{}", places(&first.positions));
        let rest = self.life::<W, S, R>(&world, lives[1], &first.positions);
        self.report.trials += 1;
        let mut rows = first.rows;
        for (unit, more) in rest.rows {
            rows.entry(unit).or_default().extend(more);
        }
        for wrong in first.wrong.into_iter().chain(rest.wrong) {
            self.wrong(&when, wrong);
        }
        self.report.compare(&when, expected.to_vec(), all_of(&rows), false);
        self.compare_order(&when, whole, &rows);
    }

    fn trial<W, S, R>(&mut self, when: &str, lives: &[Life; 1]) -> Read<R>
    where
        N: AsyncFn() -> W,
        B: Fn(&W) -> S,
        S: Source,
        F: Fn(&S::Chunk) -> Vec<R>,
    {
        self.report.trials += 1;
        let world = self.threads.wait((self.harness.world)());
        let mut read = self.life::<W, S, R>(&world, lives[0], &BTreeMap::new());
        for wrong in std::mem::take(&mut read.wrong) {
            self.wrong(when, wrong);
        }
        read
    }

    fn life<W, S, R>(&self, world: &W, life: Life, from: &BTreeMap<Unit, String>) -> Read<R>
    where
        B: Fn(&W) -> S,
        S: Source,
        F: Fn(&S::Chunk) -> Vec<R>,
    {
        let threads = Threads::start();
        let read = threads.wait(live(
            (self.harness.source)(world),
            life,
            from,
            &self.harness.records,
            self.harness.patience,
        ));
        // What was begun on other threads ends before the next process starts.
        threads.end();
        read
    }

    /// Records that are all there may still be in another order.
    fn compare_order<R: Ord + Debug>(
        &mut self,
        when: &str,
        whole: &BTreeMap<Unit, Vec<R>>,
        found: &BTreeMap<Unit, Vec<R>>,
    ) {
        for (unit, rows) in found {
            let Some(before) = whole.get(unit) else { continue };
            let pair = before.iter().zip(rows).find(|(before, now)| before != now);
            if before.len() == rows.len()
                && let Some((before, now)) = pair
            {
                let what = format!(
                    "`{}` gave {} where it gave {} before",
                    unit.label,
                    shown(&[now]),
                    shown(&[before])
                );
                self.report.fault(Flaw::Disordered, when, what);
            }
        }
    }

    fn wrong(&mut self, when: &str, wrong: Wrong) {
        match wrong {
            Wrong::Failed(error) => self.report.fault(Flaw::Failed, when, error),
            Wrong::OverLimit(what) => self.report.fault(Flaw::OverLimit, when, what),
            Wrong::Misdescribed(what) => self.report.fault(Flaw::Misdescribed, when, what),
            Wrong::Hangs => {
                let what = format!("no event came for {:?} in a bounded run", self.harness.patience);
                self.report.fault(Flaw::Hangs, when, what);
            }
        }
    }
}

/// Reads from the beginning to the end.
fn whole_reads() -> Vec<(String, Life)> {
    let mut reads = Vec::new();
    for (chunk_rows, chunk_bytes) in [(1000, 1 << 20), (1, 1 << 20), (3, 1 << 20), (1000, 1), (1000, 64)] {
        let life = Life {
            chunk_rows,
            chunk_bytes,
            ..Life::default()
        };
        let when = format!("read in chunks of {chunk_rows} records and {chunk_bytes} bytes at most");
        reads.push((when, life));
    }
    for cancels in 1..=3 {
        let life = Life {
            chunk_rows: 2,
            cancels,
            ..Life::default()
        };
        let when = format!("where `next` is dropped when it has waited {cancels} times, and called again");
        reads.push((when, life));
    }
    reads
}

fn all_of<R: Clone>(rows: &BTreeMap<Unit, Vec<R>>) -> Vec<R> {
    rows.values().flatten().cloned().collect()
}

fn places(positions: &BTreeMap<Unit, String>) -> String {
    let place = |(Unit { label, name, .. }, at): (&Unit, &String)| match name.as_str() {
        "" => format!("`{label}` is at {at}"),
        name => format!("`{name}` of `{label}` is at {at}"),
    };
    let places: Vec<String> = positions.iter().take(3).map(place).collect();
    match places.as_slice() {
        [] => String::new(),
        places => format!(", where {}", places.join(", ")),
    }
}
