use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::writing::Writing;
use super::{Encode, Sink, SinkError};
use crate::order::by_tag;
use crate::outlet::Outlet;
use crate::task::{Tag, Task};

/// A sink of the pipeline and what this batch has staged for it.
///
/// Staging runs on many threads and needs only the sink's [encoder](Sink::Encoder); writing needs the sink itself and is one task's.
pub struct SinkEdge<S: Sink> {
    pub(crate) name: &'static str,
    pub(crate) operator: u32,
    pub(super) writing: Mutex<Writing<S>>,
    encoder: Arc<S::Encoder>,
    inbox: Mutex<Vec<Part<S>>>,
    /// It was said that the sink refuses a record.
    told: Arc<AtomicBool>,
}

type Part<S> = (u32, Tag, <S as Sink>::Staged);

/// One worker's half of a [`SinkEdge`] in one stage.
pub struct SinkLocal<S: Sink> {
    name: &'static str,
    operator: u32,
    told: Arc<AtomicBool>,
    encoder: Arc<S::Encoder>,
    open: Option<S::Staged>,
    done: Vec<(Tag, S::Staged)>,
}

/// A [`SinkEdge`] as the outlet of one stage. Several stages may write to one sink: their output is kept in the order of the stages.
pub struct SinkOutlet<S: Sink> {
    stage: u32,
    edge: Arc<SinkEdge<S>>,
}

opaque_debug!([S: Sink] SinkEdge<S>);
opaque_debug!([S: Sink] SinkLocal<S>);
opaque_debug!([S: Sink] SinkOutlet<S>);

impl<S: Sink> SinkEdge<S> {
    /// The sink `name` of the pipeline, which is its operator number `operator`.
    #[must_use]
    pub fn new(name: &'static str, operator: u32, sink: S) -> Arc<Self> {
        let encoder = Arc::new(sink.encoder());
        Arc::new(Self {
            name,
            operator,
            writing: Mutex::new(Writing::new(sink)),
            encoder,
            inbox: Mutex::default(),
            told: Arc::default(),
        })
    }

    /// This sink as the outlet of stage number `stage`.
    #[must_use]
    pub fn outlet(self: &Arc<Self>, stage: u32) -> SinkOutlet<S> {
        SinkOutlet {
            stage,
            edge: Arc::clone(self),
        }
    }

    /// Takes the output of a batch that no stage has made.
    pub(crate) fn stage(&self, parts: Vec<S::Staged>) {
        let tag = |chunk| Tag { partition: 0, chunk };
        let parts = (0..).zip(parts).map(|(chunk, staged)| (0, tag(chunk), staged));
        self.inbox.lock().expect("no panic while locked").extend(parts);
    }

    /// What the batch staged, in order.
    pub(super) fn take(&self) -> Vec<S::Staged> {
        let mut parts = std::mem::take(&mut *self.inbox.lock().expect("no panic while locked"));
        by_tag(&mut parts, |(stage, tag, _)| (*stage, *tag));
        let mut all = Vec::with_capacity(parts.len());
        for (_, _, staged) in parts {
            all.push(staged);
        }
        all
    }
}

impl<S: Sink> SinkLocal<S> {
    #[cold]
    fn refused(&self, error: &SinkError, task: &mut Task) {
        task.refused(self.operator);
        if !self.told.swap(true, Ordering::Relaxed) {
            let sink = self.name;
            tracing::warn!(target: "streaming_runtime", "sink `{sink}` refuses a record, and may refuse others for other reasons: {error}");
        }
    }

    #[inline(always)]
    fn encode<T>(&mut self, record: T) -> Result<(), SinkError>
    where
        S::Encoder: Encode<T, S::Staged>,
    {
        let staged = self
            .open
            .get_or_insert_with(|| S::stage(self.done.last().map(|(_, before)| before)));
        self.encoder.encode(record, staged)
    }
}

/// What takes records of that type.
#[diagnostic::on_unimplemented(
    message = "this sink cannot take `{T}`",
    label = "the record does not fit the sink",
    note = "`json`, `jsonl` and `csv` need `#[derive(serde::Serialize)]`, a raw `kafka` sink needs text, bytes or a `Message`",
    note = "put a `.map(…)` before the sink"
)]
pub trait Accept<T> {
    /// Stages one record. Where the sink refuses it, the batch fails.
    fn put(&mut self, record: T, task: &mut Task);

    /// Stages one record, or counts it as refused: the pipeline says what becomes of it.
    ///
    /// # Errors
    /// Why the sink refuses it.
    fn offer(&mut self, record: T, task: &mut Task) -> Result<(), SinkError>;
}

#[diagnostic::do_not_recommend]
impl<S: Sink, T> Accept<T> for SinkLocal<S>
where
    S::Encoder: Encode<T, S::Staged>,
{
    /// Stages one record. An error fails the batch; the stage body goes on and is stopped at the end of the chunk.
    #[inline(always)]
    fn put(&mut self, record: T, task: &mut Task) {
        if let Err(error) = self.encode(record) {
            task.fail(self.operator, error);
        }
    }

    #[inline(always)]
    fn offer(&mut self, record: T, task: &mut Task) -> Result<(), SinkError> {
        self.encode(record).inspect_err(|error| self.refused(error, task))
    }
}

impl<S: Sink> Outlet for SinkOutlet<S> {
    type Local = SinkLocal<S>;
    const SEPARATE: bool = true;
    fn open(&self) -> SinkLocal<S> {
        SinkLocal {
            name: self.edge.name,
            operator: self.edge.operator,
            told: Arc::clone(&self.edge.told),
            encoder: Arc::clone(&self.edge.encoder),
            open: None,
            done: Vec::new(),
        }
    }
    fn end_chunk(&self, local: &mut SinkLocal<S>, tag: Tag) {
        if let Some(staged) = local.open.take() {
            local.done.push((tag, staged));
        }
    }
    fn undo_chunk(&self, local: &mut SinkLocal<S>) {
        local.open = None;
    }
    fn give_back(&self, local: SinkLocal<S>) {
        let mut inbox = self.edge.inbox.lock().expect("no panic while locked");
        for (tag, staged) in local.done {
            inbox.push((self.stage, tag, staged));
        }
    }
    fn discard(&self) {
        self.edge.inbox.lock().expect("no panic while locked").clear();
    }
}
