use std::sync::{Arc, Mutex};

use super::writing::Writing;
use super::{Encode, Sink};
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
}

type Part<S> = (u32, Tag, <S as Sink>::Staged);

/// One worker's half of a [`SinkEdge`] in one stage.
pub struct SinkLocal<S: Sink> {
    operator: u32,
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

/// What takes records of that type.
#[diagnostic::on_unimplemented(
    message = "this sink cannot take `{T}`",
    label = "the record does not fit the sink",
    note = "`json`, `jsonl` and `csv` need `#[derive(serde::Serialize)]`, a raw `kafka` sink needs text, bytes or a `Message`",
    note = "put a `.map(…)` before the sink"
)]
pub trait Accept<T> {
    /// Stages one record.
    fn put(&mut self, record: T, task: &mut Task);
}

#[diagnostic::do_not_recommend]
impl<S: Sink, T> Accept<T> for SinkLocal<S>
where
    S::Encoder: Encode<T, S::Staged>,
{
    /// Stages one record. An error fails the batch; the stage body goes on and is stopped at the end of the chunk.
    #[inline(always)]
    fn put(&mut self, record: T, task: &mut Task) {
        let staged = self
            .open
            .get_or_insert_with(|| S::stage(self.done.last().map(|(_, before)| before)));
        if let Err(error) = self.encoder.encode(record, staged) {
            task.fail(self.operator, error);
        }
    }
}

impl<S: Sink> Outlet for SinkOutlet<S> {
    type Local = SinkLocal<S>;
    const SEPARATE: bool = true;
    fn open(&self) -> SinkLocal<S> {
        SinkLocal {
            operator: self.edge.operator,
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
