//! Testing a pipeline: without threads, without brokers, without waiting.

mod driver;
mod message;
mod output;
mod rows;
mod sources;

pub use driver::Driver;
pub use message::{Message, messages};
pub use output::Output;
pub use rows::{At, Rows, json, values};
