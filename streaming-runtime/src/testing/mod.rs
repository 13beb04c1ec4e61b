//! Testing a pipeline: without threads, without brokers, without waiting.
//!
//! [`Pipeline::test`](crate::Pipeline::test) puts a pipeline on a bench; the [`Driver`] pushes rows into its sources by name,
//! runs batch after batch on virtual time, and keeps what the sinks are given.

mod checkpoint;
mod driver;
mod harness;
mod lives;
mod message;
mod output;
mod rows;
mod shelf;
mod sources;
mod step;
mod threads;
mod world;

pub use checkpoint::Checkpoint;
pub use driver::Driver;
pub use harness::{Fault, Flaw, Report, SinkHarness, SourceHarness};
pub use message::{Message, messages};
pub use output::Output;
pub use rows::{At, Rows, json, values};
pub(crate) use shelf::{Shelf, StandIn};
pub use step::Step;
