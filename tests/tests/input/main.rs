//! What is read: files that writers append to and rotate, text as people have it, and what cannot be decoded.

// Pipelines are written here as users write them: with closures where a path would do, and with casts of small numbers.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::redundant_closure,
    clippy::redundant_closure_for_method_calls
)]

mod decode;
mod files;
mod text;
