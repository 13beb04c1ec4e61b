//! What is known of a batch: one document, [`BatchProgress`], which the log line, the listeners, the line on the terminal
//! and the tests all read.

mod batch;
mod counts;
mod listener;
mod log;
mod terminal;
mod utc;

pub use batch::{
    BatchProgress, ClockProgress, Limit, OperatorProgress, PartitionProgress, Phases, SinkProgress, Totals, TriggerKind,
};
pub use counts::Counts;
pub(crate) use counts::{FateCounts, Notice, NoticeKind, Place};
pub use listener::Listener;
pub(crate) use log::{first_of_its_kind, lag, log, other_unit, tell, warn, warn_of_state};
pub(crate) use terminal::Terminal;
pub(crate) use utc::{shown, utc};

#[cfg(test)]
mod tests;
