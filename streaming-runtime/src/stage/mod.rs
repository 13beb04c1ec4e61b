//! Stages: flat loops with the user's closures in place, and what feeds and follows them.

pub use keyed::{Parts, fold_with};
mod keyed;
mod rows;
mod source;

pub use keyed::KeyedStage;
pub use rows::{Rows, RowsStage};
pub use source::SourceStage;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::progress::Counts;
use crate::task::{Tag, Task};
use crate::time::PartitionState;
use crate::workers::Workers;

/// What a stage knows when the batch closes.
#[derive(Debug)]
pub(crate) struct Closing<'a> {
    pub(crate) batch: u64,
    pub(crate) batch_time: i64,
    pub(crate) operators: usize,
    pub(crate) key_partitions: usize,
    pub(crate) workers: &'a Workers,
    /// Nothing will come after this batch: every window closes.
    pub(crate) ended: bool,
    /// The partitions read at present, by source stage.
    pub(crate) partitions: &'a [Vec<PartitionState>],
}

/// A task failed: what, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) operator: u32,
    pub(crate) tag: Tag,
    pub(crate) row: u64,
    pub(crate) message: String,
    /// A panic in a closure, not an error that an operator returned.
    pub(crate) panicked: bool,
}

/// Runs one task: catches a panic and says where it was.
pub(crate) fn run_task(mut task: Task, body: impl FnOnce(&mut Task)) -> Result<Counts, Failure> {
    let panic = catch_unwind(AssertUnwindSafe(|| body(&mut task))).err();
    let at = |message, panicked| Failure {
        operator: task.operator,
        tag: task.tag,
        row: task.row,
        message,
        panicked,
    };
    if let Some(panic) = panic {
        let message = panic
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "panicked with a value that is not text".to_owned());
        return Err(at(message, true));
    }
    match task.failure.take() {
        Some(message) => Err(at(message, false)),
        None => Ok(task.counts),
    }
}
