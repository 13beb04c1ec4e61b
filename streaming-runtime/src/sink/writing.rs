use std::sync::MutexGuard;

use super::delivery::Promise;
use super::order::{Answer, Answered, Order, SinkFailure, What};
use super::shelf::{Shelf, StandIn};
use super::{Decided, Delivery, Sink, SinkEdge, SinkError, SinkMeta};
use crate::error::SinkStep;
use crate::faults::{self, Bug};
use crate::run::{Act, At};

/// A sink on its way through a batch.
pub(super) struct Writing<S: Sink> {
    /// Away while it is at work.
    sink: Option<S>,
    /// What is asked in the place of the sink, on a test bench.
    stand_in: Option<StandIn>,
    /// What the batch that closed has staged.
    sealed: Vec<S::Staged>,
    record: Record,
}

/// What is known of the batches that a sink was given.
#[derive(Debug, Default)]
struct Record {
    /// What the sink is asked to do at present.
    doing: Option<SinkStep>,
    /// What was staged is with the sink, and not yet decided.
    undecided: bool,
    /// What the sink said of the last batch that it prepared, for the checkpoint.
    receipt: Option<String>,
    /// The last batches that the sink was given output of, the newer one first.
    batches: [Option<u64>; 2],
    /// The output of the batch, where the checkpoint has to keep it.
    log: Option<Vec<u8>>,
}

/// What a sink does, as its part of an [`Order`].
#[derive(Debug)]
pub(crate) enum Part<T> {
    Open,
    Decided,
    /// With what the sink said of the last batch that it prepared.
    Resume(Option<String>),
    Write {
        /// The output, where the sink does not have it yet.
        prepare: Option<Vec<T>>,
        commit: bool,
    },
    Abort,
    Close,
}

impl<S: Sink> Writing<S> {
    pub(super) fn new(sink: S) -> Self {
        Self {
            sink: Some(sink),
            stand_in: None,
            sealed: Vec::new(),
            record: Record::default(),
        }
    }
}

impl<S: Sink> SinkEdge<S> {
    const DELIVERY: Delivery = <S::Delivery as Promise<S::Staged>>::DELIVERY;
    /// A batch counts only once this sink has committed it.
    const DECIDES: bool = matches!(Self::DELIVERY, Delivery::Deciding);
    /// What was prepared outlasts the process.
    const KEEPS_ITSELF: bool = matches!(Self::DELIVERY, Delivery::Transactional);

    fn writing(&self) -> MutexGuard<'_, Writing<S>> {
        self.writing.lock().expect("no panic while locked")
    }

    /// The transaction that the sink shares with others, where it decides by one.
    pub(super) fn transaction(&self) -> Option<String> {
        let writing = self.writing();
        let sink = writing.sink.as_ref().filter(|_| Self::DECIDES);
        sink.and_then(Sink::transaction)
    }

    /// The batch closes: what was staged is its output. Says whether there is any.
    pub(super) fn seal(&self) -> bool {
        let staged = self.take();
        let any = !staged.is_empty();
        self.writing().sealed = staged;
        any
    }

    /// What the checkpoint keeps of the batch that is prepared.
    pub(super) fn note(&self) -> (SinkMeta, Option<Vec<u8>>) {
        self.writing().record.note(self.name)
    }

    /// What the sink does that has not come back.
    pub(super) fn away(&self) -> Option<SinkStep> {
        self.writing().record.doing
    }

    /// Has the output go there, and not to the sink.
    pub(super) fn replace(&self, by: Shelf) {
        self.writing().stand_in = Some(StandIn::new(by, Self::DELIVERY));
    }

    /// Has the sink do what all of them are to do.
    pub(super) async fn ask(&self, order: &Order<'_>) -> Answered {
        let result = match self.begin(order) {
            Ok(Begun::Work(part, sink)) => self.work(order, part, sink).await,
            Ok(Begun::Done(decided)) => Ok(decided),
            Err(error) => Err(error),
        };
        answered(self.name, Self::DECIDES, order.step(), result)
    }

    /// Takes the sink away, with its part. What stands in its place on a test bench does it at once.
    fn begin(&self, order: &Order<'_>) -> Result<Begun<S>, SinkError> {
        let mut writing = self.writing();
        let Writing { sealed, record, .. } = &mut *writing;
        let write = |prepare, commit| Some(Part::Write { prepare, commit });
        let part = match order.what {
            What::Open => Some(Part::Open),
            What::Decided => Some(Part::Decided),
            What::Resume { kept, .. } => Some(Part::Resume(record.resume(self.name, kept))),
            What::Redo { batch, kept, logs } => match took_part(self.name, batch, kept) {
                Some(at) => match &logs[at] {
                    Some(log) => write(Some(S::Delivery::read(log)?), true),
                    None if Self::KEEPS_ITSELF => write(None, true),
                    None => None,
                },
                // A sink that was given no output of the batch has nothing to finish.
                None => None,
            },
            What::Prepare(_) => {
                let staged = std::mem::take(sealed);
                let kept = order.run.checkpoint().is_some();
                if staged.is_empty() && !(kept && Self::DECIDES) {
                    None
                } else {
                    record.log = if kept && !faults::is(Bug::OutputNotLogged) {
                        S::Delivery::log(&staged)?
                    } else {
                        None
                    };
                    record.undecided = true;
                    write(Some(staged), false)
                }
            }
            What::Decide(_) if !Self::DECIDES => None,
            What::Decide(_) | What::Commit(_) => record.undecided.then_some(Part::Write {
                prepare: None,
                commit: true,
            }),
            What::Abort(_) => {
                sealed.clear();
                record.undecided.then_some(Part::Abort)
            }
            // Away for good where its future was dropped or has panicked.
            What::Close if writing.sink.is_none() => None,
            What::Close => Some(Part::Close),
        };
        let Some(part) = part else {
            return Ok(Begun::Done(None));
        };
        if let Some(stand_in) = &mut writing.stand_in {
            let messages = |staged: Vec<S::Staged>| {
                let mut all = Vec::new();
                for staged in &staged {
                    all.append(&mut S::messages(staged).unwrap_or_default());
                }
                all
            };
            let decided = stand_in.work(part.map(messages), &order.id(self.name));
            writing.record.end(order, true, None);
            return Ok(Begun::Done(decided));
        }
        let sink = writing.sink.take().expect("a sink does one thing at a time");
        writing.record.doing = Some(order.step());
        Ok(Begun::Work(part, sink))
    }

    async fn work(&self, order: &Order<'_>, part: Part<S::Staged>, mut sink: S) -> Result<Option<Decided>, SinkError> {
        let _at = at(self.name, order);
        let id = order.id(self.name);
        let mut decided = None;
        let result = match part {
            Part::Open => sink.open(order.run).await,
            Part::Decided => match sink.decided(&id.pipeline, &id.sink).await {
                Ok(says) => {
                    decided = Some(says);
                    Ok(())
                }
                Err(error) => Err(error),
            },
            Part::Resume(receipt) => sink.resume(&id, receipt.as_deref()).await,
            Part::Write { prepare, commit } => {
                let mut result = Ok(());
                if let Some(staged) = prepare {
                    result = sink.prepare(&id, staged).await;
                }
                if commit && result.is_ok() {
                    result = sink.commit(&id).await;
                }
                result
            }
            Part::Abort => {
                sink.abort(&id).await;
                Ok(())
            }
            Part::Close => {
                sink.close().await;
                Ok(())
            }
        };
        let mut writing = self.writing();
        writing.record.end(order, result.is_ok(), sink.receipt());
        // A sink that is closed is dropped.
        writing.sink = Some(sink).filter(|_| !matches!(order.what, What::Close));
        result.map(|()| decided)
    }
}

/// What a sink has to do with an [`Order`].
enum Begun<S: Sink> {
    /// Nothing more.
    Done(Option<Decided>),
    /// The sink does this.
    Work(Part<S::Staged>, S),
}

impl<T> Part<T> {
    fn map<U>(self, output: impl FnOnce(Vec<T>) -> Vec<U>) -> Part<U> {
        match self {
            Self::Open => Part::Open,
            Self::Decided => Part::Decided,
            Self::Resume(receipt) => Part::Resume(receipt),
            Self::Write { prepare, commit } => Part::Write {
                prepare: prepare.map(output),
                commit,
            },
            Self::Abort => Part::Abort,
            Self::Close => Part::Close,
        }
    }
}

impl Record {
    fn note(&mut self, sink: &str) -> (SinkMeta, Option<Vec<u8>>) {
        let log = self.log.take();
        let note = SinkMeta {
            name: sink.to_owned(),
            receipt: self.receipt.clone(),
            batches: self.batches,
            logged: log.as_ref().map(Vec::len),
        };
        (note, log)
    }

    /// Takes over what the checkpoint knows of the sink, where the pipeline had it. Returns what the sink said of the last batch.
    fn resume(&mut self, sink: &str, kept: &[SinkMeta]) -> Option<String> {
        let kept = kept.iter().find(|kept| kept.name == sink);
        self.receipt = kept.and_then(|kept| kept.receipt.clone());
        self.batches = kept.map(|kept| kept.batches).unwrap_or_default();
        self.receipt.clone()
    }

    /// The sink is back.
    fn end(&mut self, order: &Order<'_>, done: bool, receipt: Option<String>) {
        self.doing = None;
        match order.what {
            What::Prepare(batch) => {
                if done {
                    self.receipt = receipt;
                    self.batches = [Some(batch), self.batches[0]];
                }
            }
            What::Decide(_) | What::Commit(_) => self.undecided = !done,
            What::Abort(_) => self.undecided = false,
            What::Open | What::Decided | What::Resume { .. } | What::Redo { .. } | What::Close => {}
        }
    }
}

/// The place of a sink among those that were given output of the batch.
fn took_part(sink: &str, batch: u64, kept: &[SinkMeta]) -> Option<usize> {
    kept.iter()
        .position(|kept| kept.name == sink && kept.batches[0] == Some(batch))
}

/// The run is at this, until what is returned is dropped.
fn at(sink: &'static str, order: &Order<'_>) -> At {
    order.run.at(Act::Sink {
        sink,
        step: order.step(),
    })
}

fn answered(sink: &'static str, decides: bool, step: SinkStep, result: Result<Option<Decided>, SinkError>) -> Answered {
    match result {
        Ok(None) => Ok(Vec::new()),
        Ok(Some(says)) => Ok(vec![Answer {
            sink,
            decides,
            decided: says,
        }]),
        Err(error) => Err(SinkFailure { sink, step, error }),
    }
}
