//! Lives of a pipeline that has one sink of interest and no source.

use std::cell::RefCell;
use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use crate::clock::WallClock;
use crate::engine::Parts;
use crate::engine::{Core, Found, Graph, Topology, recover, write};
use crate::error::{PipelineError, SinkStep};
use crate::faults::Steps;
use crate::plan::Plan;
use crate::settings::Settings;
use crate::sink::{BatchId, Encode, Order, Sink, SinkEdge, SinkError, Sinks, What, delivery};
use crate::testing::Step;
use crate::testing::threads::Threads;
use crate::workers::Workers;

/// What happens in a life.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Life {
    /// The process dies at this step of this batch, or of the start.
    pub(super) stop: Option<(Step, u64)>,
    /// The process dies where it has waited so often.
    pub(super) waits: Option<u64>,
    /// Another sink fails to prepare this batch.
    pub(super) sabotage: Option<u64>,
    /// It ends in good order after one batch.
    pub(super) one_batch: bool,
    /// The batch that begins the life is cut otherwise than it would have been.
    pub(super) recut: bool,
    /// A new directory is meant to be new.
    pub(super) fresh: bool,
}

/// How a life ended.
#[derive(Debug)]
pub(super) enum End {
    /// All batches are written.
    Complete,
    /// In good order, and there is more to write.
    Closed,
    Died,
    Failed(PipelineError),
}

/// What is to be written with one checkpoint, and which batch held what.
#[derive(Debug)]
pub(super) struct Work<T> {
    pub(super) records: Vec<T>,
    /// Where batches end, unless a life cuts them otherwise.
    ends: Vec<usize>,
    /// Where those that were begun end.
    cuts: RefCell<Vec<usize>>,
}

/// The batch that holds nothing: sinks see that numbers have gaps.
const EMPTY: u64 = 1;

impl<T: Clone> Work<T> {
    pub(super) fn new(batches: &[Vec<T>]) -> Self {
        let ends = batches.iter().scan(0, |end, batch| {
            *end += batch.len();
            Some(*end)
        });
        Self {
            records: batches.concat(),
            ends: ends.collect(),
            cuts: RefCell::default(),
        }
    }

    /// How many batches there are, the empty one with them.
    pub(super) fn batches(&self) -> u64 {
        self.ends.len() as u64 + 1
    }

    /// Where the records of the batches before this one end.
    pub(super) fn start_of(&self, batch: u64) -> usize {
        let before = usize::try_from(batch).unwrap_or(usize::MAX).checked_sub(1);
        before.map_or(0, |before| self.cuts.borrow()[before])
    }

    /// Begins a batch, and says where it ends; `None` where there is nothing left.
    fn begin(&self, batch: u64, recut: bool) -> Option<(usize, usize)> {
        let start = self.start_of(batch);
        let mut ends = self.ends.iter().copied().filter(|end| *end > start);
        let end = match (batch, ends.next()) {
            (EMPTY, _) => start,
            (_, None) => return None,
            (_, Some(end)) if recut => ends.next().unwrap_or(end),
            (_, Some(end)) => end,
        };
        let mut cuts = self.cuts.borrow_mut();
        cuts.truncate(usize::try_from(batch).unwrap_or(usize::MAX));
        cuts.push(end);
        Some((start, end))
    }
}

/// Lives one life over a directory.
pub(super) fn live<S, T>(sink: S, directory: &Path, work: &Work<T>, life: Life) -> End
where
    S: Sink,
    S::Encoder: Encode<T, S::Staged>,
    T: Clone,
{
    let threads = Threads::start();
    let steps = Steps::of_a_bench();
    let lived = steps.survived(lived(sink, directory, work, life, &steps));
    let end = threads.wait(interrupted(lived, life.waits));
    // What was begun on other threads ends before the next process starts.
    threads.end();
    match end.flatten() {
        None => End::Died,
        Some(Ok(true)) => End::Complete,
        Some(Ok(false)) => End::Closed,
        Some(Err(error)) => End::Failed(error),
    }
}

/// Whether all is written.
async fn lived<S, T>(
    sink: S,
    directory: &Path,
    work: &Work<T>,
    life: Life,
    steps: &Steps,
) -> Result<bool, PipelineError>
where
    S: Sink,
    S::Encoder: Encode<T, S::Staged>,
    T: Clone,
{
    const PLAN: &Plan = &Plan {
        name: "harness",
        operators: &[],
    };
    let encoder = sink.encoder();
    let edge = SinkEdge::new("sink", 0, sink);
    let fails = Arc::new(AtomicBool::new(false));
    let other = SinkEdge::new("other", 0, Saboteur(Arc::clone(&fails)));
    let mut settings = Settings::new(PLAN.name);
    settings.checkpoint = Some(directory.to_owned());
    settings.fresh = life.fresh;
    let parts = Parts {
        plan: PLAN,
        settings,
        clocks: Vec::new(),
        graph: Topology {
            stages: (),
            sinks: (Arc::clone(&edge), (Arc::clone(&other), ())),
        },
    };
    let mut core = Core::new(parts, WallClock::at_epoch(), Workers::Inline);
    core.desk.steps = steps.clone();
    if let Some((step, _)) = life.stop.filter(|(step, _)| Step::OF_A_START.contains(step)) {
        steps.stop_at(step);
    }
    let found = Found::open(&core, directory)?;
    let run = found.run(&core.desk.book.settings);
    let graph = Arc::clone(&core.graph);
    let ask = |what| Order { run: &run, what };
    graph.sinks().ask(&ask(What::Open)).await?;
    let keeper = recover(found, &mut core, &run).await?;
    let first = core.desk.book.batch;
    let complete = loop {
        let batch = core.desk.book.batch;
        if life.one_batch && batch > first {
            break false;
        }
        let Some((start, end)) = work.begin(batch, life.recut && batch == first) else {
            break true;
        };
        if let Some((step, _)) = life.stop.filter(|(_, at)| *at == batch) {
            steps.stop_at(step);
        }
        fails.store(life.sabotage == Some(batch), Ordering::Relaxed);
        edge.stage(encoded::<S, T>(&encoder, &work.records[start..end]).map_err(|error| {
            let sink = "sink".to_owned();
            let step = SinkStep::Prepare(batch);
            PipelineError::Sink { sink, step, error }
        })?);
        other.stage(vec![()]);
        let mut closed = core.close(0)?;
        let commit = core.desk.commit(&mut closed, Some(&keeper), &run);
        let written = write(commit, &*graph).await;
        match written {
            Ok(written) => core.written(&mut closed, written)?,
            // The pipeline ends in good order, as after every error.
            Err(_) if life.sabotage == Some(batch) => break false,
            Err(failure) => return Err(core.desk.book.not_written(failure)),
        }
    };
    graph.sinks().ask(&ask(What::Close)).await?;
    keeper.close()?;
    Ok(complete)
}

/// Records as they are staged: in two parts, as if two chunks had held them.
fn encoded<S, T>(encoder: &S::Encoder, records: &[T]) -> Result<Vec<S::Staged>, SinkError>
where
    S: Sink,
    S::Encoder: Encode<T, S::Staged>,
    T: Clone,
{
    let (first, second) = records.split_at(records.len().div_ceil(2));
    let mut parts = Vec::new();
    for records in [first, second].into_iter().filter(|records| !records.is_empty()) {
        let mut staged = S::stage(parts.last());
        for record in records {
            encoder.encode(record.clone(), &mut staged)?;
        }
        parts.push(staged);
    }
    Ok(parts)
}

/// `None` where the future has waited so often, and then it is dropped.
async fn interrupted<F: Future>(future: F, waits: Option<u64>) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = waits;
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => {
            left = left.map(|left| left.saturating_sub(1));
            if left == Some(0) {
                Poll::Ready(None)
            } else {
                Poll::Pending
            }
        }
    })
    .await
}

/// A sink that fails to prepare when it is told to: then the others are to abort.
struct Saboteur(Arc<AtomicBool>);

struct Nothing;

impl Encode<(), ()> for Nothing {
    fn encode(&self, (): (), (): &mut ()) -> Result<(), SinkError> {
        Ok(())
    }
}

impl Sink for Saboteur {
    type Staged = ();
    type Encoder = Nothing;
    type Delivery = delivery::InMemory;

    fn encoder(&self) -> Nothing {
        Nothing
    }
    async fn prepare(&mut self, _: &BatchId, _: Vec<()>) -> Result<(), SinkError> {
        if self.0.load(Ordering::Relaxed) {
            return Err(SinkError::new("it was told to".to_owned()));
        }
        Ok(())
    }
    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        Ok(())
    }
    async fn abort(&mut self, _: &BatchId) {}
}
