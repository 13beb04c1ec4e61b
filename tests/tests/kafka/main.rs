//! The Kafka source and sink against real brokers.

mod faults;
mod group;
mod harness;
mod identity;
mod log;
mod messages;
mod once;
mod pipeline;
mod reader;
mod secure;
mod sink;
mod start;
mod transactions;
mod waits;
