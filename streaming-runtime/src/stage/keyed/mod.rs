mod at_rest;
mod parts;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::at_rest::AtRest;
use self::parts::{Came, Few, Incoming, Parts};
use super::task::What;
use super::{Closing, Committing, Failure, Place, Prepare, Restoring, Stage, run_task};
use crate::key::OwnedKey;
use crate::outlet::Outlet;
use crate::progress::Counts;
use crate::state::State;
use crate::state::aggregate::Aggregate;
use crate::state::exchange::{Append, Combine, Exchange, Keep, Kept};
use crate::state::fold::With;
use crate::state::handler::{Handler, Moment, Shipping};
use crate::state::join::Join;
use crate::state::keyed::{Close, Due, Index, Keyed, Layout, RestOf};
use crate::state::refill::Refill;
use crate::state::scope::Scope;
use crate::task::{Order, Tag, Task};
use crate::time::{Watermarks, Whole, Within};
use crate::workers::Workers;

/// The far side of an exchange: a keyed operator, and a fused loop over what it emits.
pub struct KeyedStage<Op: Keyed, O, F> {
    exchange: Arc<ExchangeOf<Op>>,
    op: Op,
    outlets: O,
    body: F,
    operator: u32,
    rests: Vec<Mutex<RestOf<Op>>>,
    at_rest: Mutex<AtRest>,
}

/// The exchange in front of an operator.
type ExchangeOf<Op> = Exchange<<Op as Keyed>::Key, <Op as Keyed>::Part, <Op as Keyed>::Combine, <Op as Keyed>::Slicing>;

/// What came for one key partition of an operator.
type IncomingTo<Op> = Incoming<<Op as Keyed>::Key, <Op as Keyed>::Part, <Op as Keyed>::Slicing>;

opaque_debug!([Op: Keyed, O, F] KeyedStage<Op, O, F>);

impl<K, P, C, W, Sc, O, F> KeyedStage<Aggregate<K, P, C, W, Sc>, O, F>
where
    K: OwnedKey,
    P: Send + 'static,
    C: Combine<P> + 'static,
    W: With<P, C> + 'static,
    Sc: Scope,
    O: Outlet,
    F: Fn(K, Sc::Window, W::State, &mut Task, &mut O::Local) + Send + Sync,
{
    /// An aggregate behind `exchange`.
    pub fn new(exchange: &Arc<Exchange<K, P, C, Sc::Slicing>>, scope: Sc, with: W, outlets: O, body: F) -> Self {
        Self::of(exchange, Aggregate::new(scope, with), outlets, body)
    }
}

impl<K, T, S, R, C, E, G, O, F> KeyedStage<Handler<K, T, S, R, C, E, G>, O, F>
where
    Handler<K, T, S, R, C, E, G>: Keyed<
            Key = K,
            Part = Vec<(Order, T)>,
            Combine = Append,
            Slicing = Whole,
            Group = (),
            Context = Moment,
            Value = R,
        >,
    O: Outlet,
    F: Fn((), Moment, R, &mut Task, &mut O::Local) + Send + Sync,
{
    /// State that is written by hand, behind `exchange`.
    pub fn handled(exchange: &Arc<Shipping<K, T>>, handler: Handler<K, T, S, R, C, E, G>, outlets: O, body: F) -> Self {
        Self::of(exchange, handler, outlets, body)
    }
}

impl<K, A, B, O, F> KeyedStage<Join<K, A, B>, O, F>
where
    K: OwnedKey,
    A: State,
    B: State,
    O: Outlet,
    F: Fn((), i64, (A, B), &mut Task, &mut O::Local) + Send + Sync,
{
    /// A join behind `exchange`.
    pub fn joined(exchange: &Arc<Exchange<K, Kept<A, B>, Keep, Within>>, outlets: O, body: F) -> Self {
        Self::of(exchange, Join::new(exchange.slicing()), outlets, body)
    }
}

impl<Op, O, F> KeyedStage<Op, O, F>
where
    Op: Keyed,
    O: Outlet,
    F: Fn(Op::Group, Op::Context, Op::Value, &mut Task, &mut O::Local) + Send + Sync,
{
    /// An operator behind `exchange`.
    pub(crate) fn of(exchange: &Arc<ExchangeOf<Op>>, op: Op, outlets: O, body: F) -> Self {
        Self {
            exchange: Arc::clone(exchange),
            op,
            outlets,
            body,
            operator: 0,
            rests: Vec::new(),
            at_rest: Mutex::new(AtRest::new(0)),
        }
    }

    fn rest(&self, partition: usize) -> MutexGuard<'_, RestOf<Op>> {
        // A closure that panics poisons the store it works on. What it left there is dropped when the batch is aborted.
        self.rests[partition].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at_rest(&self) -> MutexGuard<'_, AtRest> {
        self.at_rest.lock().expect("no panic while locked")
    }

    fn now(&self, batch_time: i64) -> Close {
        let slowest = |inputs: Watermarks| inputs.into_iter().fold(i64::MAX, i64::min);
        let inputs = self.exchange.watermarks();
        Close {
            before: slowest(self.exchange.watermarks_before()),
            watermark: slowest(inputs),
            inputs,
            batch_time,
        }
    }

    /// Runs an errand for key partitions, in parallel.
    fn each(&self, workers: &Workers, partitions: Vec<usize>, errand: Errand<'_>) -> Vec<Ran> {
        workers.map(partitions, |partition| {
            let mut rest = self.rest(partition);
            let result = self.run(&mut rest, partition, errand);
            Ran {
                partition,
                due: self.op.due(&rest),
                rows: rest.store.len(),
                result,
            }
        })
    }

    fn run(&self, rest: &mut RestOf<Op>, partition: usize, errand: Errand<'_>) -> Result<Vec<u8>, String> {
        let combine = self.exchange.combine();
        match errand {
            Errand::Changes => match rest
                .store
                .changes(Op::GROWS, |held, revised| self.op.settle(combine, held, revised))
            {
                Ok(changes) => return Ok(changes.into_bytes()),
                Err(error) => return Err(format!("its state cannot be written to the checkpoint: {error}")),
            },
            Errand::Restore(restoring) => {
                let number = u32::try_from(partition).unwrap_or(u32::MAX);
                let (checkpoint, operator) = (restoring.checkpoint, restoring.operator);
                let mut refill = Refill::new(&mut rest.store, checkpoint.bytes(operator, number), Op::GROWS);
                let restored = checkpoint.load(operator, number, |change| {
                    let taken = refill.take(change, |held, added| self.op.settle(combine, held, added));
                    taken.map_err(|error| error.to_string())
                });
                restored.map_err(|error| error.to_string())?;
                refill.finish();
                self.op.accept(rest)?;
                self.op.rebuild(rest);
            }
            Errand::Commit => {
                rest.store
                    .commit(|held, revised| self.op.settle(combine, held, revised));
                rest.index.commit();
            }
        }
        Ok(Vec::new())
    }

    /// Works on several key partitions, one after the other, in one task. Gives their tables back, which are empty then.
    fn work_on(
        &self,
        closing: &Closing<'_>,
        close: Close,
        tasks: Vec<(usize, IncomingTo<Op>)>,
    ) -> Result<(Counts, Vec<Emptied<Op>>), Failure> {
        let mut local = self.outlets.open();
        let tag = |partition: usize| Tag {
            partition: u32::try_from(partition).unwrap_or(u32::MAX),
            chunk: closing.batch,
        };
        let mut task = Task::new(closing.batch, Tag::default(), closing.operators);
        let mut emptied = Vec::with_capacity(tasks.len());
        let done = run_task(&mut task, |task| {
            let mut chunk = Chunk::default();
            for (partition, mut came) in tasks {
                task.tag = tag(partition);
                task.operator = self.operator;
                let rows = self.one_partition(close, partition, &mut came, task, &mut local);
                emptied.push((partition, came.into_emptied()));
                let first = *chunk.first.get_or_insert(task.tag);
                chunk.rows += rows;
                if chunk.rows >= CHUNK_ROWS {
                    self.outlets.end_chunk(&mut local, first);
                    chunk = Chunk::default();
                }
                if task.failure.is_some() {
                    return;
                }
            }
            if let Some(first) = chunk.first {
                self.outlets.end_chunk(&mut local, first);
            }
        });
        self.outlets.give_back(local);
        done.map_err(|what| what.at(Place::Key(task.tag.partition), &task))?;
        let key_partition = task.tag.partition;
        Ok((task.into_counts(|_| Place::Key(key_partition)), emptied))
    }

    /// Gives how many rows it emitted.
    fn one_partition(
        &self,
        close: Close,
        partition: usize,
        came: &mut IncomingTo<Op>,
        task: &mut Task,
        local: &mut O::Local,
    ) -> u64 {
        let combine = self.exchange.combine();
        came.combine(combine);
        let mut rest = self.rest(partition);
        let mut rows = 0;
        self.op
            .pass(combine, &mut rest, &mut came.tables, close, |context, entry| {
                task.settled(Op::place_of(context, entry.hash));
                (self.body)(entry.key, context, entry.value, task, local);
                // What comes next is a closure of the operator's own, perhaps.
                task.enter(self.operator);
                rows += 1;
            });
        rows
    }
}

/// What is done to the store of a key partition, apart from closing a batch. One function for all: the parallel loop around it is compiled once.
#[derive(Clone, Copy)]
enum Errand<'e> {
    /// Write down what the batch changes.
    Changes,
    /// Read what the checkpoint holds.
    Restore(&'e Restoring<'e>),
    /// The batch is written.
    Commit,
}

/// The store of a key partition after an [`Errand`].
struct Ran {
    partition: usize,
    due: Due,
    rows: usize,
    /// The changes.
    result: Result<Vec<u8>, String>,
}

/// Rows that make a chunk of what comes out. Several key partitions give one chunk where each gives little.
const CHUNK_ROWS: u64 = 4096;

/// What comes out of neighbouring key partitions.
#[derive(Default)]
struct Chunk {
    first: Option<Tag>,
    rows: u64,
}

/// A key partition and tables of which nothing is left.
type Emptied<Op> = (
    usize,
    Few<Parts<<Op as Keyed>::Key, <Op as Keyed>::Part, <Op as Keyed>::Slicing>>,
);

impl<Op, O, F> Stage for KeyedStage<Op, O, F>
where
    Op: Keyed,
    O: Outlet + 'static,
    F: Fn(Op::Group, Op::Context, Op::Value, &mut Task, &mut O::Local) + Send + Sync + 'static,
{
    fn prepare(&mut self, prepare: &Prepare) {
        self.operator = prepare.operator;
        self.exchange.spare().cut(prepare.key_partitions);
        self.rests = (0..prepare.key_partitions).map(|_| Mutex::default()).collect();
        self.at_rest = Mutex::new(AtRest::new(prepare.key_partitions));
    }

    fn is_due(&self, batch_time: i64) -> bool {
        self.at_rest().is_due(self.now(batch_time))
    }

    fn next_due(&self) -> Option<i64> {
        self.at_rest().next_due()
    }

    /// Merges what came over the exchange and runs the loop over what becomes visible. Key partitions for which nothing came and
    /// of which nothing is due are left alone.
    fn close(&self, closing: &Closing<'_>) -> Result<Option<Counts>, Failure> {
        let close = self.now(closing.batch_time);
        let came = Came::new(self.exchange.take(), closing.key_partitions);
        let due = self.is_due(closing.batch_time);
        if came.keys == 0 && !due {
            return Ok(None);
        }
        let resting = if due { self.at_rest().rows() } else { 0 };
        let expected = came.largest / closing.key_partitions;
        let rows = came.rows(self.exchange.combine());
        let workers = closing.workers.for_rows(rows as u64 + resting);
        let mut emptied = Vec::with_capacity(closing.key_partitions);
        let mut tasks = Vec::with_capacity(closing.key_partitions);
        {
            let mut at_rest = self.at_rest();
            for (partition, incoming) in came.partitions.into_iter().enumerate() {
                if !incoming.tables.is_empty() || (due && at_rest.due_of(partition).is(close)) {
                    tasks.push((partition, incoming));
                } else {
                    emptied.push((partition, incoming.into_emptied()));
                }
            }
            if Op::KEEPS {
                at_rest.touch(tasks.iter().map(|(partition, _)| *partition));
            }
        }
        let results = workers.map_runs(tasks, |tasks| self.work_on(closing, close, tasks));
        let mut counts = Counts::new(closing.operators);
        for result in results {
            let (more, tables) = result?;
            counts.add(&more);
            emptied.extend(tables);
        }
        let emptied = emptied
            .into_iter()
            .map(|(partition, tables)| (partition, tables.into_iter()));
        self.exchange.spare().put(emptied, expected);
        Ok(Some(counts))
    }

    fn layout(&self) -> Option<Result<Layout, String>> {
        Op::KEEPS.then(|| self.op.layout())
    }

    fn changes(&self, committing: &Committing<'_>) -> Result<Vec<(u32, Vec<u8>)>, Failure> {
        if !Op::KEEPS {
            return Ok(Vec::new());
        }
        let touched = self.at_rest().touched();
        let workers = committing.workers.for_rows(committing.rows);
        let failed = |partition, message| Failure {
            operator: self.operator,
            place: Place::Key(partition),
            what: What {
                message,
                panicked: false,
                tries: 1,
            },
        };
        let mut found = Vec::with_capacity(touched.len());
        for changes in self.each(workers, touched, Errand::Changes) {
            let partition = u32::try_from(changes.partition).unwrap_or(u32::MAX);
            let bytes = changes.result.map_err(|message| failed(partition, message))?;
            if !bytes.is_empty() {
                found.push((partition, bytes));
            }
        }
        Ok(found)
    }

    fn restore(&self, restoring: &Restoring<'_>) -> Result<(), String> {
        if !Op::KEEPS {
            return Ok(());
        }
        let all = (0..self.rests.len()).collect();
        let restored = self.each(restoring.workers, all, Errand::Restore(restoring));
        let mut at_rest = self.at_rest();
        for store in restored {
            store.result?;
            at_rest.note(store.partition, store.due, store.rows);
        }
        Ok(())
    }

    fn commit(&self, committing: &Committing<'_>) {
        if !Op::KEEPS {
            return;
        }
        let touched = self.at_rest().take_touched();
        if touched.is_empty() {
            return;
        }
        let workers = committing.workers.for_rows(committing.rows);
        let committed = self.each(workers, touched, Errand::Commit);
        let mut at_rest = self.at_rest();
        for store in committed {
            at_rest.note(store.partition, store.due, store.rows);
        }
    }

    fn abort(&self) {
        self.exchange.discard();
        self.outlets.discard();
        for partition in self.at_rest().take_touched() {
            let mut rest = self.rest(partition);
            rest.store.abort();
            rest.index.abort();
        }
    }

    fn state_rows(&self) -> Option<u64> {
        Some(self.at_rest().rows())
    }
}
