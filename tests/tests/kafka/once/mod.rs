//! Exactly once: sinks that write in transactions, and sources that put their offsets into them.

mod coordinator;
mod crash;
mod instance;
mod kill;
mod member;
mod network;
mod offsets;
mod sinks;
#[cfg(feature = "crash-points")]
mod steps;
