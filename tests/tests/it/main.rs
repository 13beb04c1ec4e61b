//! Tests of the whole, in one binary.

// Pipelines are written here as users write them: with closures where a path would do, and with casts of small numbers.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::redundant_closure,
    clippy::redundant_closure_for_method_calls
)]

mod checkpoint;
mod conservation;
mod decode;
mod files;
mod future;
mod idle;
mod keyed;
mod proof;
mod shapes;
mod text;
mod tidy;
mod ui;
mod windows;
mod windows_with_offset;
mod word_count;
