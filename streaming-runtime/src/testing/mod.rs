//! Testing a pipeline: without threads, without brokers, without waiting.

mod message;
mod rows;

pub use message::{Message, messages};
pub use rows::{At, Rows, json, values};
