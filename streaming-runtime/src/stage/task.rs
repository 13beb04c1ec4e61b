use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::plan::{Plan, Role};
pub(crate) use crate::progress::Place;
use crate::task::{Task, was_handing};

/// A task failed: what, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub(crate) operator: u32,
    pub(crate) place: Place,
    pub(crate) what: What,
}

/// What went wrong in a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct What {
    pub(crate) message: String,
    /// A panic in a closure, not an error that an operator returned.
    pub(crate) panicked: bool,
    /// How often it was tried.
    pub(crate) tries: u32,
}

impl What {
    pub(crate) fn at(self, place: Place, task: &Task) -> Failure {
        Failure {
            operator: task.operator,
            place,
            what: self,
        }
    }
}

/// Runs a task: catches a panic.
pub(crate) fn run_task(task: &mut Task, body: impl FnOnce(&mut Task)) -> Result<(), What> {
    was_handing();
    let panicked = catch_unwind(AssertUnwindSafe(|| body(task)));
    if was_handing() {
        task.rest();
    }
    if let (Err(panic), None) = (panicked, &task.failure) {
        return Err(What {
            message: panic_text(&*panic),
            panicked: true,
            tries: 1,
        });
    }
    match task.failure.take() {
        Some((operator, row, message)) => {
            // The body has gone on since.
            (task.operator, task.row) = (operator, row);
            Err(What {
                message,
                panicked: false,
                tries: 1,
            })
        }
        None => Ok(()),
    }
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panicked with a value that is not text".to_owned())
}

/// The operator of a stage to blame for what fails outside its closures: the one with the state, else its first.
pub(super) fn operator_of(plan: &Plan, stage: u32) -> u32 {
    let of_stage = || {
        (0u32..)
            .zip(plan.operators)
            .filter(|(_, operator)| operator.stage == stage)
    };
    of_stage()
        .find(|(_, operator)| operator.role == Role::Aggregate)
        .or_else(|| of_stage().next())
        .map_or(0, |(number, _)| number)
}
