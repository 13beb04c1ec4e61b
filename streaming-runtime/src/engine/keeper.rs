//! The checkpoint of a run: read before the first batch, written with every batch.
//!
//! ```text
//! sinks prepare -> BATCH in the journal, durable: the decision -> sinks commit -> DONE in the journal
//! ```
//! Where a sink decides by a transaction of its own, the positions of the sources go into it with the output, and its commit is the decision: what
//! BATCH says is undone where that fails.

use std::future::{Future, pending};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::book::Book;
use super::meta::Meta;
use super::settle::{Known, Verdict, judge, nobody_is_missing};
use super::{Core, Graph};
use crate::blocked::Blocked;
use crate::checkpoint::{Checkpoint, CheckpointError, Delta, Described, Identity, Log, Note as Changed};
use crate::clock::WallClock;
use crate::error::PipelineError;
use crate::faults::{self, Bug, Step};
use crate::held::{Held, held};
use crate::plan::Plan;
use crate::run::{Kept, KnownTo, Run};
use crate::settings::Settings;
use crate::sink::{Answer, Order, Sinks, What, one_decides};
use crate::stage::{Restoring, Stages, StateChange, Visit};
use crate::state::keyed::Layout;

/// How long to wait for room on a full disk before trying again.
const FULL: Duration = Duration::from_secs(1);

/// The key partition in which the checkpoint keeps positions.
const POSITIONS: u32 = 0;

/// What the driver and the tasks that write share of a checkpoint.
#[derive(Debug, Clone)]
pub(crate) struct Keeper {
    journal: Arc<Mutex<Option<Log>>>,
    /// The stages that have state, in the order of the checkpoint's operators; behind them are the sources.
    stages: Arc<[u32]>,
    /// What has changed in the pipeline since the checkpoint was written.
    changed: Arc<[String]>,
}

/// What is written to the checkpoint of a batch that has passed all stages.
#[derive(Debug)]
pub(crate) struct Keeping {
    pub(crate) meta: Meta,
    pub(crate) changes: Vec<StateChange>,
    /// Changes of positions, by source.
    pub(crate) positions: Vec<(usize, Vec<u8>)>,
}

/// A checkpoint that is read and not yet written to.
pub(crate) struct Found {
    opened: Option<Checkpoint>,
    stages: Arc<[u32]>,
    known_to: KnownTo,
}

held!(Found, Resumption);

/// What a pipeline resumes from.
#[derive(Debug, Default)]
struct Resumption {
    last: Option<u64>,
    meta: Meta,
    logs: Vec<Option<Vec<u8>>>,
    done: bool,
}

/// Brings a pipeline whose sinks are open to where the checkpoint is, and begins a new epoch.
pub(crate) async fn recover<G: Graph>(
    mut found: Held<Found>,
    core: &mut Core<G>,
    run: &Arc<Run>,
) -> Result<Keeper, PipelineError> {
    let graph = Arc::clone(&core.graph);
    let ask = |what| Order { run, what };
    let answers = graph.sinks().ask(&ask(What::Decided)).await?;
    found.settle(&answers, run, core.desk.book.plan)?;
    found.convert()?;
    let resumption = found.resumption(core.desk.book.plan)?;
    let kept = &resumption.meta.sinks;
    let mut unfinished = None;
    if let Some(batch) = resumption.last {
        restore(&found, core)?;
        graph.sinks().ask(&ask(What::Resume { last: batch, kept })).await?;
        if core.desk.steps.ends_at(Step::Resumed) {
            pending::<()>().await;
        }
        if !resumption.done && !faults::is(Bug::NotFinished) {
            let logs = &resumption.logs;
            graph.sinks().ask(&ask(What::Redo { batch, kept, logs })).await?;
            unfinished = Some(batch);
        }
        core.desk.book.restore(batch, &resumption.meta);
        found.positions(&mut core.desk.book)?;
    }
    if core.desk.steps.ends_at(Step::Redone) {
        pending::<()>().await;
    }
    found.begin(unfinished)
}

/// Brings back the state of all stages.
fn restore<G: Graph>(found: &Found, core: &Core<G>) -> Result<(), PipelineError> {
    for (operator, stage) in found.to_restore() {
        let mut done = Ok(());
        core.visit(&mut Visit::Restore {
            stage,
            restoring: &Restoring {
                checkpoint: found.opened(),
                operator,
                workers: &core.desk.workers,
            },
            done: &mut done,
        })?;
        let operator = core
            .desk
            .book
            .plan
            .state_of(stage)
            .map_or("unknown", |operator| operator.name);
        done.map_err(|reason| PipelineError::refused(format!("`{operator}` cannot go on with its state: {reason}")))?;
    }
    Ok(())
}

impl Found {
    /// Opens the checkpoint in `directory`, or makes a new one.
    pub(crate) fn open<G: Graph>(core: &Core<G>, directory: &Path) -> Result<Held<Self>, PipelineError> {
        one_decides(&core.desk.sinks).map_err(PipelineError::refused)?;
        let mut states = Vec::new();
        core.visit(&mut Visit::Layouts(&mut states))?;
        let mut sources = Vec::new();
        G::Stages::sources(0, &mut sources);
        let known_to = if sources.iter().all(|(_, reads)| reads.grouped) {
            KnownTo::Groups
        } else {
            KnownTo::Checkpoint
        };
        Self::with(
            &core.desk.book,
            directory,
            core.desk.steps.are_of_a_bench(),
            states,
            known_to,
        )
    }

    fn with(
        book: &Book,
        directory: &Path,
        passing: bool,
        found: Vec<(u32, Result<Layout, String>)>,
        known_to: KnownTo,
    ) -> Result<Held<Self>, PipelineError> {
        let mut operators = Vec::with_capacity(found.len());
        let mut stages = Vec::with_capacity(found.len());
        for (stage, layout) in found {
            operators.push(described(book.plan, stage, layout)?);
            stages.push(stage);
        }
        operators.extend(book.ledger.sources().iter().map(|source| {
            let was = book.plan.source(source.name).map_or(&[][..], |source| source.was);
            Described::positions(source.name, was)
        }));
        let identity = Identity {
            pipeline: book.settings.name.clone(),
            key_partitions: u32::try_from(book.settings.key_partitions).unwrap_or(u32::MAX),
            operators,
            forget: book.settings.forget.clone(),
        };
        Ok(Held::new(Self {
            opened: Some(Checkpoint::open(directory, passing, identity)?),
            stages: stages.into(),
            known_to,
        }))
    }

    /// The run that resumes from it.
    pub(crate) fn run(&self, settings: &Settings) -> Arc<Run> {
        let kept = Kept {
            id: self.opened().id().to_owned(),
            directory: settings.checkpoint.clone().unwrap_or_default(),
            keeps_state: !self.stages.is_empty(),
            is_new: self.opened().last().is_none(),
            fresh: settings.fresh,
            known_to: self.known_to,
        };
        Run::with(settings.name.as_str(), Some(kept))
    }

    /// The last batch that counts, and what is known of it.
    fn resumption(&self, plan: &Plan) -> Result<Held<Resumption>, PipelineError> {
        let Some(last) = self.opened().last() else {
            return Ok(Held::new(Resumption::default()));
        };
        let (meta, logs) = Meta::from_bytes(&last.meta).map_err(PipelineError::refused)?;
        Ok(Held::new(Resumption {
            last: Some(last.batch),
            logs: logs.into_iter().map(|log| log.map(<[u8]>::to_vec)).collect(),
            meta: meta.renamed(plan),
            done: last.done,
        }))
    }

    /// Operators of the checkpoint that have state, each with its stage.
    fn to_restore(&self) -> Vec<(u32, u32)> {
        if faults::is(Bug::StateForgotten) {
            return Vec::new();
        }
        (0u32..).zip(self.stages.iter().copied()).collect()
    }

    /// Brings the state into the form that this pipeline reads, and says what has changed.
    fn convert(&mut self) -> Result<(), PipelineError> {
        let opened = self.opened.as_mut().expect("no epoch has begun");
        opened.convert()?;
        for Changed { warns, text } in opened.notes() {
            if *warns {
                tracing::warn!(target: "streaming_runtime::checkpoint", "{text}");
            } else {
                tracing::info!(target: "streaming_runtime::checkpoint", "{text}");
            }
        }
        Ok(())
    }

    /// The checkpoint, until an epoch begins.
    fn opened(&self) -> &Checkpoint {
        self.opened.as_ref().expect("no epoch has begun")
    }

    /// Brings back where reading stands.
    fn positions(&self, book: &mut Book) -> Result<(), PipelineError> {
        for source in 0..book.ledger.sources().len() {
            let operator = u32::try_from(self.stages.len() + source).unwrap_or(u32::MAX);
            let positions = &mut book.ledger.positions;
            self.opened()
                .load(operator, POSITIONS, |change| positions.replay(source, change))?;
        }
        Ok(())
    }

    /// Begins a new epoch. The batch that was not known to be finished is.
    fn begin(&mut self, unfinished: Option<u64>) -> Result<Keeper, PipelineError> {
        let opened = self.opened.take().expect("an epoch begins once");
        let changed = opened.notes().iter().map(|note| note.text.clone()).collect();
        let mut journal = opened.begin()?;
        if let Some(batch) = unfinished {
            journal.done(batch)?;
        }
        Ok(Keeper {
            journal: Arc::new(Mutex::new(Some(journal))),
            stages: Arc::clone(&self.stages),
            changed,
        })
    }

    /// Compares what sinks know with the checkpoint, and undoes the last batch where its transaction was never committed.
    fn settle(&mut self, answers: &[Answer], run: &Run, plan: &Plan) -> Result<(), PipelineError> {
        let meta = match self.opened().last() {
            None => Meta::default(),
            Some(last) => {
                let (meta, _) = Meta::from_bytes(&last.meta).map_err(PipelineError::refused)?;
                meta.renamed(plan)
            }
        };
        if let Some(last) = self.opened().last().filter(|last| !last.done) {
            nobody_is_missing(last.batch, &meta, answers).map_err(PipelineError::refused)?;
        }
        let known = |answer: &Answer| {
            let last = self.opened().last()?;
            Some(Known {
                batch: last.batch,
                done: last.done,
                sink: meta.sinks.iter().find(|kept| kept.name == answer.sink),
            })
        };
        let verdicts = answers.iter().map(|answer| judge(answer, known(answer), run));
        let verdicts: Vec<Verdict> = verdicts.collect::<Result<_, _>>().map_err(PipelineError::refused)?;
        if verdicts.contains(&Verdict::Undone) && !faults::is(Bug::UndecidedCounts) {
            self.opened.as_mut().expect("no epoch has begun").undo()?;
        }
        Ok(())
    }
}

/// The state of a stage, under the name of its operator.
fn described(plan: &Plan, stage: u32, layout: Result<Layout, String>) -> Result<Described, PipelineError> {
    let operator = plan.state_of(stage);
    let name = operator.map_or("unknown", |operator| operator.name);
    let Layout(mut described) = layout.map_err(|why| {
        PipelineError::refused(format!("the state of `{name}` cannot be kept in a checkpoint: {why}"))
    })?;
    name.clone_into(&mut described.of.name);
    if let (Some(operator), Some(state)) = (operator, &mut described.of.state) {
        described.was = operator.was.iter().map(|&was| was.to_owned()).collect();
        described.may_be = operator.other_names();
        described.of.reset = operator.reset.map(str::to_owned);
        for (at, part) in state.parts.iter_mut().enumerate() {
            let field = operator.fields.get(at);
            field
                .map_or(operator.kind, |field| field.call)
                .clone_into(&mut part.call);
            let names = field.map_or(&[][..], |field| field.names);
            part.names = names.iter().map(|&name| name.to_owned()).collect();
        }
    }
    Ok(described)
}

impl Keeper {
    fn journal(&self) -> MutexGuard<'_, Option<Log>> {
        self.journal.lock().expect("no panic while locked")
    }

    /// What has changed in the pipeline since the checkpoint was written.
    pub(crate) fn changed(&self) -> &[String] {
        &self.changed
    }

    /// Writes a batch and makes it durable; waits where the disk is full.
    pub(crate) fn decide(&self, batch: u64, keeping: Keeping, logs: &[Vec<u8>]) -> Noting {
        let meta = keeping.meta.to_bytes(logs);
        let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let operator_of = |stage: u32| self.stages.iter().position(|with| *with == stage);
        let state = keeping.changes.into_iter().map(|change| Delta {
            operator: number(operator_of(change.stage).expect("only these have state")),
            partition: change.partition,
            changes: change.bytes,
        });
        let positions = keeping.positions.into_iter().map(|(source, changes)| Delta {
            operator: number(self.stages.len() + source),
            partition: POSITIONS,
            changes,
        });
        let deltas = state.chain(positions).collect();
        self.note(batch, Note::Batch { deltas, meta })
    }

    /// Whether the directory is still there; not asked while a batch is being written, which asks itself.
    pub(crate) fn look(&self) -> Result<(), PipelineError> {
        match self.journal.try_lock() {
            Ok(mut journal) => Ok(journal.as_mut().map_or(Ok(()), Log::look)?),
            Err(_) => Ok(()),
        }
    }

    /// The batch is in all sinks.
    pub(crate) fn done(&self, batch: u64) -> Result<(), CheckpointError> {
        match self.journal().as_mut().map_or(Ok(()), |journal| journal.done(batch)) {
            // Without the note the batch is committed once more after a crash, which changes nothing.
            Err(full) if full.is_full() => Ok(()),
            result => result,
        }
    }

    /// The batch was not decided after all.
    pub(crate) fn undo(&self, batch: u64) -> Noting {
        self.note(batch, Note::Undone)
    }

    fn note(&self, batch: u64, note: Note) -> Noting {
        Noting(tokio::spawn(patiently(self.clone(), batch, Arc::new(note))))
    }

    /// Closes the checkpoint in good order.
    pub(crate) fn close(&self) -> Result<(), PipelineError> {
        let journal = self.journal().take();
        journal.map_or(Ok(()), |journal| Ok(journal.close()?))
    }
}

/// What is noted in the journal and waited for.
enum Note {
    Batch { deltas: Vec<Delta>, meta: Vec<u8> },
    Undone,
}

/// Has the journal do what waits for the disk, on a thread that may; again and again while the disk is full.
async fn patiently(keeper: Keeper, batch: u64, note: Arc<Note>) -> Result<(), CheckpointError> {
    let mut blocked = Blocked::new(WallClock::machine());
    loop {
        let (keeper, note) = (keeper.clone(), Arc::clone(&note));
        let done = tokio::task::spawn_blocking(move || {
            let mut journal = keeper.journal();
            let journal = journal.as_mut().expect("open as long as batches are written");
            match &*note {
                Note::Batch { deltas, meta } => journal.append(batch, deltas, meta),
                Note::Undone => journal.undo(batch),
            }
        });
        match done.await {
            Ok(Err(full)) if full.is_full() => {
                blocked.by(format_args!(
                    "batch {batch}: {full}; it is tried again until there is room"
                ));
                tokio::time::sleep(FULL).await;
            }
            Ok(result) => {
                if result.is_ok() {
                    blocked.over(format_args!("batch {batch} is in the journal of the checkpoint"));
                }
                return result;
            }
            Err(gone) => std::panic::resume_unwind(gone.into_panic()),
        }
    }
}

/// The journal is being written, by a task of its own; that task is no part of this future, so that it is compiled once.
#[derive(Debug)]
#[must_use = "the batch is decided at the end"]
pub(crate) struct Noting(JoinHandle<Result<(), CheckpointError>>);

impl Drop for Noting {
    /// A full disk is not tried again for whoever does not wait.
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Future for Noting {
    type Output = Result<(), CheckpointError>;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|done| match done {
            Ok(result) => result,
            Err(gone) => std::panic::resume_unwind(gone.into_panic()),
        })
    }
}
