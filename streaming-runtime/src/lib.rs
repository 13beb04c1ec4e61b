//! Stream processing written inline: [`stream_pipeline!`] checks a pipeline and fuses it when your program is built.
//!
//! ```
//! use streaming_runtime::{sink::Collected, stream_pipeline};
//!
//! let counts = Collected::new();
//! let out = counts.clone();
//! let pipeline = stream_pipeline!({
//!     settings(trigger = available_now);
//!     let lines = memory(vec!["a b a".to_string()]);
//!     let words = lines.flat_map(|line| line.split_whitespace());
//!     let counts = words.key_by(|word| word).batch().count();
//!     counts.to(collect(out));
//! });
//! let summary = pipeline.run_blocking()?;
//! assert_eq!(summary.rows_in, 1);
//! let mut counts = counts.take();
//! counts.sort();
//! assert_eq!(counts, [("a".to_string(), 2), ("b".to_string(), 1)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where to look:
//!
//! - what may stand in a pipeline: [`language`], with a page and an example for each source, operator, aggregate and sink;
//!   `docs/operators.md` of the repository has them in tables;
//! - running, stopping, explaining: [`Pipeline`], [`Running`], [`Stopper`], [`plan::Explain`];
//! - testing on virtual time: [`testing::Driver`];
//! - what a batch did: [`progress::BatchProgress`], [`progress::Listener`];
//! - a source or sink of your own: [`source::Source`], [`sink::Sink`]; a key of your own: [`key::Key`];
//! - why a pipeline stopped: [`PipelineError`].
//!
//! The feature `kafka`, off by default, adds the Kafka source and sink and builds librdkafka with the C compiler.

/// `Debug` for types whose parts have none: the name alone.
macro_rules! opaque_debug {
    ([$($generics:tt)*] $name:ident <$($arg:ident),*>) => {
        impl<$($generics)*> std::fmt::Debug for $name<$($arg),*> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

#[doc(hidden)]
pub mod __private;
pub mod agg;
mod bench;
#[doc(hidden)]
pub mod capture;
mod checkpoint;
mod clock;
pub mod decode;
mod engine;
mod error;
mod faults;
mod held;
#[cfg(feature = "kafka")]
mod kafka;
pub mod key;
pub mod keyed;
#[cfg(any(doc, doctest, test))]
pub mod language;
// On a line of its own: rustdoc runs no example below a `cfg` that names a flag that it does not know.
#[cfg(all(rust_analyzer, not(any(doc, doctest, test))))]
pub mod language;
#[doc(hidden)]
pub mod lend;
mod never;
pub mod op;
mod order;
#[doc(hidden)]
pub mod outlet;
mod pipeline;
pub mod plan;
pub mod progress;
pub mod run;
mod settings;
pub mod sink;
pub mod source;
#[doc(hidden)]
pub mod stage;
#[doc(hidden)]
pub mod state;
#[doc(hidden)]
pub mod task;
pub mod testing;
pub mod time;
mod wait;
mod workers;

pub use checkpoint::{CheckpointError, copy as copy_checkpoint};
pub use engine::{Graph, Running, Stopper, Summary};
pub use error::{FailedAt, PipelineError, SinkStep};
pub use pipeline::{Boxed, BoxedPipeline, Pipeline};
pub use settings::{OnPanic, Settings, Trigger};

/// Compiles a stream pipeline at build time: parses it, checks it, fuses it and emits flat loops.
///
/// Two forms. In braces it is an expression of type [`Pipeline`], and may use the variables around it; what its closures use moves
/// into it. As a function it is an item that takes parameters and returns the pipeline:
///
/// ```
/// use streaming_runtime::stream_pipeline;
///
/// stream_pipeline!(
///     /// Prints the lines of some files that contain a text.
///     pub fn grep(pattern: &str, text: String) {
///         settings(trigger = available_now);
///         let lines = files(pattern).lines();
///         lines.filter(|line| line.contains(text.as_str())).print();
///     }
/// );
/// println!("{}", grep("logs/*.log", "error".into()).explain());
/// ```
///
/// A pipeline is a list of statements: `settings(…);`, `let NAME = CHAIN;`, and `CHAIN;` ending in a sink. Sources, sinks and operators
/// are written without `use`. A pipeline does nothing until it is run.
#[macro_export]
macro_rules! stream_pipeline {
    ($($tokens:tt)*) => {
        $crate::__private::pipeline! { [$crate] $($tokens)* }
    };
}

#[cfg(test)]
mod allocations;
mod blocked;
#[cfg(test)]
mod expansion_contract;

// The guides outside this crate: their examples compile and run.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../README.md")]
    mod readme {}
    #[doc = include_str!("../../docs/operators.md")]
    mod operators {}
    #[doc = include_str!("../../docs/guarantees.md")]
    mod guarantees {}
    #[doc = include_str!("../../docs/upgrading.md")]
    mod upgrading {}
}
