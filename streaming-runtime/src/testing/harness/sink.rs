use std::fmt::Debug;
use std::fs;
use std::path::Path;

use super::report::{Flaw, Report};
use super::sink_lives::{End, Life, Work, live};
use crate::error::PipelineError;
use crate::sink::delivery::Promise;
use crate::sink::{Delivery, Encode, Sink};
use crate::testing::threads::Threads;
use crate::testing::{Checkpoint, Step};

/// Puts a sink of your own through everything that the runtime may do to it, and reports which promise it does not keep.
///
/// It is written to by the code that writes in production, with a real checkpoint. For every batch the process dies at every step of the
/// protocol and wherever the sink waits; it is started again, dies again while it starts, is closed and opened; another sink fails, so that the batch is
/// aborted; batches hold nothing, and after a crash they are cut otherwise; the checkpoint directory is a new one, or an old copy. No process is
/// killed: the futures and the sink are dropped as they are, and another sink is made over the same outside world.
///
/// A trial needs three things: a new outside world (a table, a directory), a sink as each process makes it, and what readers see.
///
/// ```
/// # use std::sync::{Arc, Mutex};
/// # use streaming_runtime::sink::{BatchId, Decided, Encode, Sink, SinkError, delivery};
/// use streaming_runtime::testing::{Flaw, SinkHarness};
///
/// /// A table that a database would keep: rows, and which batch was written last.
/// #[derive(Clone, Default)]
/// struct Table(Arc<Mutex<(Vec<String>, Option<BatchId>)>>);
///
/// /// Writes the rows of a batch and its number in one transaction.
/// struct Writer { table: Table, prepared: Vec<String>, careless: bool }
///
/// # struct AsText;
/// # impl Encode<&'static str, Vec<String>> for AsText {
/// #     fn encode(&self, record: &'static str, staged: &mut Vec<String>) -> Result<(), SinkError> {
/// #         staged.push(record.to_owned());
/// #         Ok(())
/// #     }
/// # }
/// impl Sink for Writer {
/// #   type Staged = Vec<String>;
/// #   type Encoder = AsText;
///     type Delivery = delivery::Idempotent;
/// #   fn encoder(&self) -> AsText { AsText }
///     // …
/// #   async fn decided(&mut self, _: &str, _: &str) -> Result<Decided, SinkError> {
/// #       Ok(match &self.table.0.lock().unwrap().1 {
/// #           None => Decided::Nothing,
/// #           Some(last) => Decided::Batch { checkpoint: last.checkpoint.clone(), batch: last.batch },
/// #       })
/// #   }
/// #   async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<String>>) -> Result<(), SinkError> {
/// #       self.prepared = staged.concat();
/// #       Ok(())
/// #   }
///     async fn commit(&mut self, batch: &BatchId) -> Result<(), SinkError> {
///         let (rows, last) = &mut *self.table.0.lock().unwrap();
///         if self.careless || last.as_ref() != Some(batch) {
///             rows.append(&mut self.prepared);
///             *last = Some(batch.clone());
///         }
///         Ok(())
///     }
/// #   async fn abort(&mut self, _: &BatchId) { self.prepared.clear(); }
/// }
///
/// let harness = |careless| {
///     let sink = move |table: &Table| Writer { table: table.clone(), prepared: Vec::new(), careless };
///     let visible = async |table: &Table| table.0.lock().unwrap().0.clone();
///     SinkHarness::new(async || Table::default(), sink, visible)
/// };
/// let batches = [vec!["a", "b"], vec!["c"], vec!["d", "e", "f"]];
/// let expected = |records: &[&str]| records.iter().map(|record| record.to_string()).collect();
///
/// harness(false).check(&batches, expected).assert();
///
/// // A sink that does not know a batch that comes again:
/// let report = harness(true).check(&batches, expected);
/// assert!(report.shows(Flaw::Doubled));
/// assert_eq!(
///     report.faults()[0].to_string(),
///     r#"after a stop at `committed` of batch 0 and a restart: doubled: "a", "b""#
/// );
/// ```
#[derive(Debug)]
pub struct SinkHarness<N, B, V> {
    world: N,
    sink: B,
    visible: V,
    at_close: bool,
}

impl<N, B, V> SinkHarness<N, B, V> {
    /// A harness of sinks. `world` makes a new, empty outside world, `sink` what a process would write to it with, and `visible` tells what readers see
    /// there.
    pub fn new<W, S, R>(world: N, sink: B, visible: V) -> Self
    where
        N: AsyncFn() -> W,
        B: Fn(&W) -> S,
        S: Sink,
        V: AsyncFn(&W) -> Vec<R>,
    {
        Self {
            world,
            sink,
            visible,
            at_close: false,
        }
    }

    /// Readers need not see a batch when it is committed, but when the sink was closed: for a sink that gathers batches.
    #[must_use]
    pub fn visible_when_closed(mut self) -> Self {
        self.at_close = true;
        self
    }

    /// Does everything to the sink, with these records by batch. `expected` says what readers should see of the records so far, in any order.
    ///
    /// Three batches show as much as many.
    ///
    /// # Panics
    /// When there are fewer than two batches, or an empty one; and when no directory can be made for the checkpoint.
    pub fn check<W, S, R, T>(&self, batches: &[Vec<T>], expected: impl Fn(&[T]) -> Vec<R>) -> Report
    where
        N: AsyncFn() -> W,
        B: Fn(&W) -> S,
        S: Sink,
        S::Encoder: Encode<T, S::Staged>,
        V: AsyncFn(&W) -> Vec<R>,
        R: Ord + Debug,
        T: Clone,
    {
        assert!(
            batches.len() >= 2 && batches.iter().all(|batch| !batch.is_empty()),
            "the harness needs two batches at least, none of them empty"
        );
        let threads = Threads::start();
        let mut trials = Trials {
            harness: self,
            batches,
            expected: &expected,
            threads: &threads,
            report: Report::default(),
        };
        trials.all();
        trials.report
    }
}

/// A harness that can try its sinks with these records: what it asks of its functions.
trait Tries<T> {
    type World;
    type Sink: Sink<Encoder: Encode<T, <Self::Sink as Sink>::Staged>>;
    type Row: Ord + Debug;

    async fn world(&self) -> Self::World;
    fn sink(&self, world: &Self::World) -> Self::Sink;
    async fn visible(&self, world: &Self::World) -> Vec<Self::Row>;
    fn at_close(&self) -> bool;
}

impl<N, B, V, W, S, R, T> Tries<T> for SinkHarness<N, B, V>
where
    N: AsyncFn() -> W,
    B: Fn(&W) -> S,
    S: Sink<Encoder: Encode<T, S::Staged>>,
    V: AsyncFn(&W) -> Vec<R>,
    R: Ord + Debug,
{
    type World = W;
    type Sink = S;
    type Row = R;

    async fn world(&self) -> W {
        (self.world)().await
    }
    fn sink(&self, world: &W) -> S {
        (self.sink)(world)
    }
    async fn visible(&self, world: &W) -> Vec<R> {
        (self.visible)(world).await
    }
    fn at_close(&self) -> bool {
        self.at_close
    }
}

struct Trials<'t, H, T, E> {
    harness: &'t H,
    batches: &'t [Vec<T>],
    expected: &'t E,
    threads: &'t Threads,
    report: Report,
}

/// Where a process dies, and where those after it do: with a batch that was never decided, one that is to be finished, one that is finished.
const RESTARTS: [(Step, Step); 5] = [
    (Step::Prepared, Step::Resumed),
    (Step::Prepared, Step::Redone),
    (Step::Journaled, Step::Resumed),
    (Step::Journaled, Step::Redone),
    (Step::Committed, Step::Redone),
];

/// The most lives that are interrupted where the sink waits.
const WAITS: u64 = 300;

impl<H: Tries<T>, T: Clone, E: Fn(&[T]) -> Vec<H::Row>> Trials<'_, H, T, E> {
    fn all(&mut self) {
        self.trial("without a stop", &[]);
        let count = Work::new(self.batches).batches();
        if <H::Sink as Sink>::Delivery::DELIVERY == Delivery::InMemory {
            return;
        }
        let reopened: Vec<Life> = (0..=count)
            .map(|_| Life {
                one_batch: true,
                ..Life::default()
            })
            .collect();
        self.trial("closed and opened again after every batch", &reopened);
        let stop = |step, batch| Life {
            stop: Some((step, batch)),
            ..Life::default()
        };
        for (batch, step) in (0..count).flat_map(|batch| Step::OF_A_BATCH.map(|step| (batch, step))) {
            let when = format!("after a stop at `{step}` of batch {batch} and a restart");
            self.trial(&when, &[stop(step, batch)]);
        }
        for batch in 0..count {
            for (step, start) in RESTARTS {
                let again = stop(start, u64::MAX);
                let when = format!("after a stop at `{step}` of batch {batch} and two at `{start}` of the restarts");
                self.trial(&when, &[stop(step, batch), again, again]);
            }
            let aborted = Life {
                sabotage: Some(batch),
                ..Life::default()
            };
            let when = format!("after batch {batch} was aborted because another sink failed");
            self.trial(&when, &[aborted]);
        }
        for waits in 1..=WAITS {
            let life = Life {
                waits: Some(waits),
                ..Life::default()
            };
            let when = format!("after the process died where it waited the {waits}. time");
            if !self.trial(&when, &[life]) {
                break;
            }
        }
        self.new_directory();
        self.old_copy();
    }

    /// Lives these lives, then others until all is written, and compares. Says whether the first one died.
    fn trial(&mut self, when: &str, lives: &[Life]) -> bool {
        self.report.trials += 1;
        let world = self.threads.wait(self.harness.world());
        let checkpoint = Checkpoint::temporary();
        let work = Work::new(self.batches);
        let mut died = false;
        for life in lives {
            let life = Life { recut: died, ..*life };
            match live(self.harness.sink(&world), checkpoint.path(), &work, life) {
                End::Died => {
                    died = true;
                    if let Some(stop) = life.stop {
                        self.look(<H::Sink as Sink>::Delivery::DELIVERY, &world, &work, stop);
                    }
                }
                End::Failed(error) => return self.failed(when, &error),
                End::Complete | End::Closed => {}
            }
        }
        let last = Life {
            recut: died,
            ..Life::default()
        };
        if let End::Failed(error) = live(self.harness.sink(&world), checkpoint.path(), &work, last) {
            return self.failed(when, &error);
        }
        let again = <H::Sink as Sink>::Delivery::DELIVERY == Delivery::AtLeastOnce && died;
        let (expected, found) = ((self.expected)(&work.records), self.visible(&world));
        self.report.compare(when, expected, found, again);
        died
    }

    /// Looks what readers see while the process is dead.
    fn look(&mut self, delivery: Delivery, world: &H::World, work: &Work<T>, (step, batch): (Step, u64)) {
        // What a restart finishes is seen when it is finished: by the comparison at the end.
        if Step::OF_A_START.contains(&step) {
            return;
        }
        let commits_by = match delivery {
            Delivery::Deciding => Step::Decided,
            _ => Step::Committed,
        };
        let committed = step >= commits_by;
        if committed && self.harness.at_close() {
            return;
        }
        let until = work.start_of(if committed { batch + 1 } else { batch });
        let mut seen = Report::default();
        let found = self.visible(world);
        let when = format!("at `{step}` of batch {batch}");
        seen.compare(&when, (self.expected)(&work.records[..until]), found, false);
        let flaw = if committed {
            Flaw::VisibleLate
        } else {
            Flaw::VisibleEarly
        };
        let wrong = if committed { Flaw::Lost } else { Flaw::Foreign };
        for mut fault in seen.faults {
            // Before the decision nothing more may be seen than before; after the commit nothing less.
            if fault.flaw == wrong || (!committed && fault.flaw == Flaw::Doubled) {
                fault.flaw = flaw;
                self.report.faults.push(fault);
            }
        }
    }

    /// All is written with one directory, and then again with a new one.
    fn new_directory(&mut self) {
        self.report.trials += 1;
        let when = "with a new checkpoint directory that is `fresh`";
        let world = self.threads.wait(self.harness.world());
        let fresh = Life {
            fresh: true,
            ..Life::default()
        };
        let mut all = Vec::new();
        for _ in 0..2 {
            let (checkpoint, work) = (Checkpoint::temporary(), Work::new(self.batches));
            if let End::Failed(error) = live(self.harness.sink(&world), checkpoint.path(), &work, fresh) {
                self.failed(when, &error);
                return;
            }
            all.extend(work.records);
        }
        let (expected, found) = ((self.expected)(&all), self.visible(&world));
        self.report.compare(when, expected, found, false);
        let (checkpoint, work) = (Checkpoint::temporary(), Work::new(self.batches));
        let lost = live(self.harness.sink(&world), checkpoint.path(), &work, Life::default());
        if !matches!(lost, End::Failed(_)) {
            self.report.notes.push(
                "the sink does not notice that the checkpoint directory was lost: everything is written again without a word; `decided` can tell"
                    .to_owned(),
            );
        }
    }

    /// The directory is an old copy: the sink knows of more batches.
    fn old_copy(&mut self) {
        self.report.trials += 1;
        let when = "with an old copy of the checkpoint directory";
        let world = self.threads.wait(self.harness.world());
        let (checkpoint, copy) = (Checkpoint::temporary(), Checkpoint::temporary());
        let work = Work::new(self.batches);
        let one = Life {
            one_batch: true,
            ..Life::default()
        };
        let sink = || self.harness.sink(&world);
        let first = live(sink(), checkpoint.path(), &work, one);
        copy_all(checkpoint.path(), copy.path());
        let rest = live(sink(), checkpoint.path(), &work, Life::default());
        for end in [first, rest] {
            if let End::Failed(error) = end {
                self.failed(when, &error);
                return;
            }
        }
        if !matches!(live(sink(), copy.path(), &work, Life::default()), End::Failed(_)) {
            self.report.notes.push(
                "the sink does not notice that the checkpoint directory is an old copy: what it wrote since is written again, or left out; `decided` \
                 can tell"
                    .to_owned(),
            );
        }
    }

    fn visible(&self, world: &H::World) -> Vec<H::Row> {
        self.threads.wait(self.harness.visible(world))
    }

    fn failed(&mut self, when: &str, error: &PipelineError) -> bool {
        self.report.fault(Flaw::Failed, when, error.to_string());
        true
    }
}

/// Copies the files of a directory.
fn copy_all(from: &Path, to: &Path) {
    let entries = fs::read_dir(from).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    for entry in entries.expect("the checkpoint can be listed") {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("a directory can be made");
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the checkpoint can be copied");
        }
    }
}
