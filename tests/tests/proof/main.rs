//! Whole pipelines against a naive model of one thread, written from the definitions of the guide: random streams, cut at
//! random into chunks, batches and source partitions.

// Pipelines are written here as users write them: with closures where a path would do, and with casts of small numbers.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::redundant_closure,
    clippy::redundant_closure_for_method_calls
)]

mod allocations;
mod by_hand;
mod chained;
mod decode;
mod engine;
mod failures;
mod input;
mod join;
mod model;
mod overlapping;
mod panics;
mod scopes;
mod scripted;
mod set_aside;
mod shapes;
mod windows;
