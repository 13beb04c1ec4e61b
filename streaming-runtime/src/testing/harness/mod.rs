//! What a sink or a source promises, put to the test.

mod report;
mod sink;
mod sink_lives;
mod source;
mod source_lives;

pub use report::{Fault, Flaw, Report};
pub use sink::SinkHarness;
pub use source::SourceHarness;
