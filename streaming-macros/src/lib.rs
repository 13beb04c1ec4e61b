//! The compiler behind `stream_pipeline!`.

mod diag;
mod graph;
mod ops;
mod syntax;
