//! The language of [`stream_pipeline!`](crate::stream_pipeline): what may stand at the head of a chain, behind a dot and between
//! parentheses.
//!
//! Each operator is one method here, with an example. Editors read the types of this module to complete, explain and rename what
//! stands in a pipeline: in an editor a stream is a value of type [`Stream`], [`Keyed`] or [`Scoped`]. A program never has such
//! values: the compiler fuses the operators into loops.
//!
//! - sources, and [`union`](sources::union): [`sources`];
//! - operators: [`Stream`], behind `key_by` [`Keyed`], behind a scope [`Scoped`];
//! - aggregates in `agg(…)`: [`Group`];
//! - sinks in `to(…)`: [`Sinks`];
//! - named arguments: [`options`]; words: [`words`].

#![allow(
    clippy::needless_pass_by_value,
    clippy::type_complexity,
    reason = "signatures say what users write, and are read by editors alone"
)]

pub mod aggregate_names;
mod aggregates;
mod glue;
mod joins;
mod keyed;
mod lineage;
pub mod options;
mod records;
mod sinks;
pub mod sources;
mod state;
pub mod words;

#[cfg(test)]
mod tests;

#[doc(hidden)]
pub use crate::source::Meta;
#[doc(hidden)]
pub use crate::unread;
pub use aggregates::Group;
pub use glue::{Unfinished, any, at, group, keeping, lent, letters, many, meta, one, rest, unfinished, value};
pub use joins::Joined;
pub use keyed::{Batch, Keyed, Running, Scope, Scoped, Window};
pub use lineage::{
    Behind, Csv, Decoded, Handled, Json, Lines, Raw, Read, Typed, Undecoded, Windowed, WithErrors, WithLate,
};
pub use records::Stream;
pub use sinks::{FileSink, JsonLines, KafkaSink, MayBeJson, MayBeRows, OtherSink, Rows, Sinks, WriteTo};
pub use state::ByHand;

/// Keeps tokens that are no Rust where an editor finds them, and reads nothing of them.
#[doc(hidden)]
#[macro_export]
macro_rules! unread {
    ($($tokens:tt)*) => {};
}
