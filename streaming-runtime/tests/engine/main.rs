//! The engine, seen from outside: pipelines on their own threads and on the test bench.

mod bench;
mod failures;
mod flow;
mod gone;
mod handle;
mod pressure;
mod signals;
mod support;
