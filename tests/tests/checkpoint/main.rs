//! A pipeline with a checkpoint goes on where it was, whatever stopped it.

// Pipelines are written here as users write them: with closures where a path would do, and with casts of small numbers.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::redundant_closure,
    clippy::redundant_closure_for_method_calls
)]

mod deciding;
mod faults;
mod fresh;
mod partitions;
mod positions;
mod refusals;
mod restart;
mod table;
mod upgrade;
