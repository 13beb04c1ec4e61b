//! A pipeline whose type can be written down.
//!
//! This is the one place of the runtime with dynamic dispatch of its own: one call when the pipeline starts, one when it is
//! explained, and one a batch for a listener. No record passes here.

use std::fmt;

use super::{Pipeline, Runs};
use crate::engine::Parts;
use crate::engine::Running;
use crate::plan::Explain;
use crate::progress::{BatchProgress, Listener};
use crate::settings::Settings;

/// A [`Pipeline`] of any stages and sinks, made by [`Pipeline::boxed`].
///
/// It runs as the pipeline does that it was made of: every method but [`test`](Pipeline::test) is there, and records take the
/// same path.
///
/// ```
/// use streaming_runtime::{BoxedPipeline, sink::Collected, stream_pipeline};
///
/// struct Job {
///     pipeline: BoxedPipeline,
/// }
///
/// let (numbers, lengths) = (Collected::new(), Collected::new());
/// let (to_numbers, to_lengths) = (numbers.clone(), lengths.clone());
/// let jobs = vec![
///     Job { pipeline: stream_pipeline!({ memory([1, 2]).map(|n| n * 2).to(collect(to_numbers)); }).boxed() },
///     Job { pipeline: stream_pipeline!({ memory(["a"]).map(|word| word.len()).to(collect(to_lengths)); }).boxed() },
/// ];
/// for job in jobs {
///     job.pipeline.trigger(streaming_runtime::Trigger::AvailableNow).run_blocking()?;
/// }
/// assert_eq!((numbers.take(), lengths.take()), (vec![2, 4], vec![1]));
/// # Ok::<(), streaming_runtime::PipelineError>(())
/// ```
pub type BoxedPipeline = Pipeline<Boxed>;

/// What a [`BoxedPipeline`] is made of.
pub struct Boxed(Box<dyn Erased>);

impl fmt::Debug for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Boxed")
    }
}

trait Erased: Send {
    fn start(self: Box<Self>, settings: Settings, listener: Box<dyn Listener>, handle_signals: bool) -> Running;
    fn explain(&self, settings: &Settings) -> Explain;
}

struct Typed<G, L> {
    parts: Parts<G>,
    listener: L,
}

impl<G: Runs, L: Listener> Erased for Typed<G, L> {
    fn start(self: Box<Self>, settings: Settings, mut listener: Box<dyn Listener>, handle_signals: bool) -> Running {
        let Self { parts, listener: first } = *self;
        let then = move |progress: &BatchProgress| listener.on_batch(progress);
        G::started(Parts { settings, ..parts }, (first, then), handle_signals)
    }

    fn explain(&self, settings: &Settings) -> Explain {
        G::explained(&self.parts, settings)
    }
}

impl Runs for Boxed {
    fn started<L: Listener>(parts: Parts<Self>, listener: L, handle_signals: bool) -> Running {
        parts.graph.0.start(parts.settings, Box::new(listener), handle_signals)
    }

    fn explained(parts: &Parts<Self>, settings: &Settings) -> Explain {
        parts.graph.0.explain(settings)
    }
}

pub(super) fn boxed<G: Runs, L: Listener>(pipeline: Pipeline<G, L>) -> BoxedPipeline {
    let Pipeline {
        parts,
        listener,
        handle_signals,
    } = pipeline;
    Pipeline {
        parts: Parts {
            plan: parts.plan,
            settings: parts.settings.clone(),
            clocks: Vec::new(),
            graph: Boxed(Box::new(Typed { parts, listener })),
        },
        listener: (),
        handle_signals,
    }
}

#[cfg(test)]
mod tests;
