//! What sources and sinks know of a test bench: the rows that a test pushes in, and the messages that come out.

mod message;
mod rows;

pub use message::{Message, messages};
pub use rows::{At, Rows, json, values};
