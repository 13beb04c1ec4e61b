//! wip

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
mod clock;
pub mod decode;
mod engine;
mod error;
#[cfg(feature = "kafka")]
mod kafka;
pub mod key;
#[doc(hidden)]
pub mod lend;
mod never;
pub mod op;
#[doc(hidden)]
pub mod outlet;
mod pipeline;
pub mod plan;
pub mod progress;
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

pub use engine::{Graph, Running, Stopper, Summary};
pub use error::{FailedAt, PipelineError};
pub use pipeline::Pipeline;
pub use settings::{Settings, Trigger};

/// Compiles a stream pipeline at build time: parses it, checks it, fuses it and emits flat loops.
#[macro_export]
macro_rules! stream_pipeline {
    ($($tokens:tt)*) => {
        $crate::__private::pipeline! { [$crate] $($tokens)* }
    };
}

/// Lets an editor see what rustc need not: the text of a pipeline with mistakes.
#[cfg(rust_analyzer)]
#[doc(hidden)]
#[macro_export]
macro_rules! recover {
    ($($tokens:tt)*) => {
        $($tokens)*
    };
}
/// Nothing: the mistakes of a pipeline have been reported, and rustc would only repeat them.
#[cfg(not(rust_analyzer))]
#[doc(hidden)]
#[macro_export]
macro_rules! recover {
    ($($tokens:tt)*) => {};
}

#[cfg(test)]
mod allocations;
#[cfg(test)]
mod expansion_contract;

// The guides outside this crate: their examples compile and run.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../README.md")]
    mod readme {}
    #[doc = include_str!("../../docs/operators.md")]
    mod operators {}
}
