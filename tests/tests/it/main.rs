//! What operators do, what users see when they make a mistake, and what must hold of the sources themselves.
//!
//! Every pipeline is compiled with the engine below it, so that one binary for all took rustc too long and too much memory.

// Pipelines are written here as users write them: with closures where a path would do, and with casts of small numbers.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::redundant_closure,
    clippy::redundant_closure_for_method_calls
)]

mod by_hand;
mod conservation;
mod future;
mod idle;
mod keyed;
mod refused;
mod shapes;
mod tidy;
mod timers;
mod ui;
mod windows;
mod windows_with_offset;
mod word_count;
