use super::{
    Closing, Command, Committing, Enlisting, Failure, Io, Prepare, Reached, Reads, Restoring, Resume, Stage,
    StateChange, Ticket,
};
use crate::bench::{At, Rows as TestRows};
use crate::held::Held;
use crate::plan::Plan;
use crate::progress::Counts;
use crate::settings::Settings;
use crate::state::keyed::Layout;
use crate::task::Tag;

/// The stages of a pipeline, a list of pairs `(s0, (s1, ()))` in dependency order. `first` is the number of the list's first stage.
pub trait Stages: Send + Sync + 'static {
    /// Sources by stage.
    fn sources(first: u32, found: &mut Vec<(u32, Reads)>);

    /// Prepares all of them.
    fn prepare(&mut self, first: u32, preparing: &Preparing<'_>);

    /// Brings something to all of them in order, or to the one that it is for.
    fn visit(&self, first: u32, visit: &mut Visit<'_>) -> Result<(), Failure>;
}

/// What every stage is told before the first batch.
#[derive(Debug)]
pub struct Preparing<'a> {
    pub(crate) plan: &'static Plan,
    pub(crate) settings: &'a Settings,
}

impl Preparing<'_> {
    fn stage(&self, number: u32) -> Prepare {
        Prepare {
            key_partitions: self.settings.key_partitions,
            operator: super::task::operator_of(self.plan, number),
            plan: self.plan,
            tries: self.settings.task_tries,
            on_panic: self.settings.on_panic,
        }
    }
}

/// What is brought to the stages of a pipeline, and takes their answers along.
#[derive(Debug)]
pub enum Visit<'a> {
    /// Start to fetch.
    Launch(&'a Io),
    /// Tell the sources what to do.
    Command(Command),
    /// Work on a chunk of one stage.
    Work {
        stage: u32,
        ticket: &'a Ticket,
        batch: u64,
        operators: usize,
        counted: &'a mut Option<Counts>,
    },
    /// How far has the batch that closes read, by stage? Its chunks are not worked on again.
    Seal {
        closing: &'a Closing<'a>,
        found: &'a mut Vec<(u32, Vec<Reached>)>,
    },
    /// Is any state due?
    Due { batch_time: i64, due: &'a mut bool },
    /// At which batch time is state due, although nothing comes?
    NextDue(&'a mut Option<i64>),
    /// Bring the batch through one stage.
    Close {
        stage: u32,
        closing: &'a Closing<'a>,
        counts: &'a mut Counts,
    },
    /// What the batch has done so far is dropped: it is worked on again.
    Rewind,
    /// Work once more on the chunks of the batch that one stage has read.
    Rework { stage: u32, closing: &'a Closing<'a> },
    /// The batch is written.
    Commit(&'a Committing<'a>),
    /// What is state made of, by stage?
    Layouts(&'a mut Vec<(u32, Result<Layout, String>)>),
    /// What does the batch change in state, by stage and key partition?
    Changes {
        committing: &'a Committing<'a>,
        found: &'a mut Vec<StateChange>,
    },
    /// Bring back the state of one stage.
    Restore {
        stage: u32,
        restoring: &'a Restoring<'a>,
        done: &'a mut Result<(), String>,
    },
    /// Resume the sources of one stage here.
    Resume {
        stage: u32,
        resume: Vec<Resume>,
        done: &'a mut Result<(), String>,
    },
    /// Put the positions of the batch that closed into the transaction of a sink.
    Enlist(&'a mut Vec<(u32, Held<Enlisting>)>),
    /// The batch is aborted.
    Abort,
    /// How many keys are at rest, by stage that has state?
    Resting(&'a mut Vec<(u32, u64)>),
    /// Queue rows that a test pushes into one stage.
    Push {
        stage: u32,
        rows: Option<TestRows>,
        at: &'a At,
        tag: Tag,
        pushed: &'a mut Option<Result<Ticket, String>>,
    },
}

impl Visit<'_> {
    /// The stage that it is for, where it is not for all.
    fn only(&self) -> Option<u32> {
        match *self {
            Self::Work { stage, .. }
            | Self::Close { stage, .. }
            | Self::Rework { stage, .. }
            | Self::Restore { stage, .. }
            | Self::Resume { stage, .. }
            | Self::Push { stage, .. } => Some(stage),
            _ => None,
        }
    }

    fn concerns(&self, stage: u32) -> bool {
        self.only().is_none_or(|only| only == stage)
    }
}

impl Stages for () {
    fn sources(_: u32, _: &mut Vec<(u32, Reads)>) {}

    fn prepare(&mut self, _: u32, _: &Preparing<'_>) {}

    fn visit(&self, _: u32, _: &mut Visit<'_>) -> Result<(), Failure> {
        Ok(())
    }
}

impl<A: Stage, B: Stages> Stages for (A, B) {
    fn sources(first: u32, found: &mut Vec<(u32, Reads)>) {
        found.extend(A::SOURCES.map(|reads| (first, reads)));
        B::sources(first + 1, found);
    }

    fn prepare(&mut self, first: u32, preparing: &Preparing<'_>) {
        self.0.prepare(&preparing.stage(first));
        self.1.prepare(first + 1, preparing);
    }

    fn visit(&self, first: u32, visit: &mut Visit<'_>) -> Result<(), Failure> {
        if visit.concerns(first) {
            receive(&self.0, first, visit)?;
        }
        self.1.visit(first + 1, visit)
    }
}

/// A stage is visited.
fn receive<A: Stage>(stage: &A, number: u32, visit: &mut Visit<'_>) -> Result<(), Failure> {
    match visit {
        Visit::Launch(io) => stage.launch(number, io),
        Visit::Command(command) => stage.command(*command),
        Visit::Work {
            ticket,
            batch,
            operators,
            counted,
            ..
        } => **counted = Some(stage.work(ticket, *batch, *operators)?),
        Visit::Seal { closing, found } => {
            let reached = stage.seal(closing);
            if !reached.is_empty() {
                found.push((number, reached));
            }
        }
        Visit::Due { batch_time, due } => **due = **due || stage.is_due(*batch_time),
        Visit::NextDue(next) => **next = next.iter().copied().chain(stage.next_due()).min(),
        Visit::Close { closing, counts, .. } => {
            if let Some(more) = stage.close(closing)? {
                counts.add(&more);
            }
        }
        Visit::Rewind => stage.rewind(),
        Visit::Rework { closing, .. } => stage.rework(closing)?,
        Visit::Commit(committing) => stage.commit(committing),
        Visit::Layouts(found) => {
            if let Some(layout) = stage.layout() {
                found.push((number, layout));
            }
        }
        Visit::Changes { committing, found } => add_changes(found, number, stage.changes(committing)?),
        Visit::Restore { restoring, done, .. } => **done = stage.restore(restoring),
        Visit::Resume { resume, done, .. } => **done = stage.resume(std::mem::take(resume)),
        Visit::Enlist(found) => {
            if let Some(enlisting) = stage.enlist() {
                found.push((number, enlisting));
            }
        }
        Visit::Abort => stage.abort(),
        Visit::Resting(found) => {
            if let Some(rows) = stage.state_rows() {
                found.push((number, rows));
            }
        }
        Visit::Push {
            rows, at, tag, pushed, ..
        } => **pushed = rows.take().map(|rows| stage.push(rows, at, *tag)),
    }
    Ok(())
}

fn add_changes(found: &mut Vec<StateChange>, stage: u32, changes: Vec<(u32, Vec<u8>)>) {
    found.extend(changes.into_iter().map(|(partition, bytes)| StateChange {
        stage,
        partition,
        bytes,
    }));
}
