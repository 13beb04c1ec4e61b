//! Tests of the whole, in one binary.

mod decode;
mod keyed;
mod proof;
mod shapes;
mod tidy;
mod ui;
mod windows;
mod word_count;
