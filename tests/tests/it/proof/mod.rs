//! Whole pipelines against a naive model of one thread, written from the definitions of the guide: random streams, cut at
//! random into chunks, batches and source partitions.

mod allocations;
mod chained;
mod decode;
mod engine;
mod failures;
mod input;
mod model;
mod overlapping;
mod scopes;
mod scripted;
mod shapes;
mod windows;
