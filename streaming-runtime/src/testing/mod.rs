//! Testing a pipeline: without threads, without brokers, without waiting.
//!
//! [`Pipeline::test`](crate::Pipeline::test) puts a pipeline on a bench; the [`Driver`] pushes rows into its sources by name,
//! runs batch after batch on virtual time, and keeps what the sinks are given.

mod driver;
mod message;
mod output;
mod rows;
mod sources;

pub use driver::Driver;
pub use message::{Message, messages};
pub use output::Output;
pub use rows::{At, Rows, json, values};
