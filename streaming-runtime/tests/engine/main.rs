//! The engine, seen from outside: pipelines on their own threads and on the test bench.

mod bench;
mod crashes;
mod failures;
mod flow;
mod gone;
mod handle;
#[cfg(feature = "kafka")]
mod messages;
mod pressure;
mod signals;
mod support;
