//! Tests of the whole, in one binary.

mod tidy;
mod ui;
