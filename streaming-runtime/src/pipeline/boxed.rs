//! A pipeline whose type can be written down.
//!
//! This is the one place of the runtime with dynamic dispatch of its own: one call when the pipeline starts, one when it is
//! explained, and one a batch for a listener. No record passes here.

use std::fmt;
use std::future::Future;

use super::{Parts, Pipeline};
use crate::engine::{Graph, Launch, Running, start};
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
/// let (numbers, words) = (Collected::new(), Collected::new());
/// let (to_numbers, to_words) = (numbers.clone(), words.clone());
/// let jobs = vec![
///     Job { pipeline: stream_pipeline!({ memory([1, 2]).map(|n| n * 2).to(collect(to_numbers)); }).boxed() },
///     Job { pipeline: stream_pipeline!({ memory(["a"]).to(collect(to_words)); }).boxed() },
/// ];
/// for job in jobs {
///     job.pipeline.trigger(streaming_runtime::Trigger::AvailableNow).run_blocking()?;
/// }
/// assert_eq!((numbers.take(), words.take()), (vec![2, 4], vec!["a"]));
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

impl<G: Graph, L: Listener> Erased for Typed<G, L> {
    fn start(self: Box<Self>, settings: Settings, mut listener: Box<dyn Listener>, handle_signals: bool) -> Running {
        let Self { parts, listener: first } = *self;
        let then = move |progress: &BatchProgress| listener.on_batch(progress);
        let launch = Launch {
            parts: Parts { settings, ..parts },
            listener: (first, then),
        };
        start(launch, handle_signals)
    }

    fn explain(&self, settings: &Settings) -> Explain {
        super::explain(self.parts.plan, &self.parts.graph, settings)
    }
}

/// Boxed again, because it was given a listener.
impl<L: Listener> Erased for Pipeline<Boxed, L> {
    fn start(self: Box<Self>, settings: Settings, mut listener: Box<dyn Listener>, handle_signals: bool) -> Running {
        let mut first = self.listener;
        let both = move |progress: &BatchProgress| {
            first.on_batch(progress);
            listener.on_batch(progress);
        };
        self.parts.graph.0.start(settings, Box::new(both), handle_signals)
    }

    fn explain(&self, settings: &Settings) -> Explain {
        self.parts.graph.0.explain(settings)
    }
}

impl<G: Graph, L: Listener> Pipeline<G, L> {
    /// The same pipeline under a type that can be written down: for a field of a struct, or for a list of different pipelines.
    /// See [`BoxedPipeline`].
    pub fn boxed(self) -> BoxedPipeline {
        let Self {
            parts,
            listener,
            handle_signals,
        } = self;
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
}

impl<L: Listener> Pipeline<Boxed, L> {
    /// The same pipeline, with the listeners that it was given since.
    pub fn boxed(self) -> BoxedPipeline {
        let (settings, handle_signals, plan) = (self.parts.settings.clone(), self.handle_signals, self.parts.plan);
        Pipeline {
            parts: Parts {
                plan,
                settings,
                clocks: Vec::new(),
                graph: Boxed(Box::new(self)),
            },
            listener: (),
            handle_signals,
        }
    }

    /// Runs the pipeline, as [`Pipeline::run`] does.
    pub fn run(self) -> impl Future<Output = Result<crate::Summary, crate::PipelineError>> + Send + use<L> {
        async move { self.launch(true).await }
    }

    /// Runs the pipeline and blocks until its end, as [`Pipeline::run_blocking`] does.
    pub fn run_blocking(self) -> Result<crate::Summary, crate::PipelineError> {
        self.launch(true).join()
    }

    /// Starts the pipeline, as [`Pipeline::start`] does.
    pub fn start(self) -> Running {
        self.launch(false)
    }

    /// What the pipeline will do, as [`Pipeline::explain`] says it.
    #[must_use]
    pub fn explain(&self) -> Explain {
        self.parts.graph.0.explain(&self.parts.settings)
    }

    fn launch(self, may_handle_signals: bool) -> Running {
        let Parts { settings, graph, .. } = self.parts;
        let handle_signals = self.handle_signals && may_handle_signals;
        graph.0.start(settings, Box::new(self.listener), handle_signals)
    }
}

#[cfg(test)]
mod tests;
