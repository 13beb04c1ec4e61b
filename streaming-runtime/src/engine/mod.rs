//! The engine: brings batches through the stages of a pipeline, from the sources into the sinks.
//!
//! ```text
//! sources -> fetch (tokio) -> feed -> workers (rayon) -> close -> write (tokio) -> commit
//! ```
//! One thread, the [driver](driver), decides: into which batch a chunk goes, when a batch closes, when it is written. It owns
//! the [book](book). Everybody else tells it by a [signal](io) what has happened.

mod book;
mod clocks;
mod commit;
mod core;
mod driver;
mod flow;
mod graph;
mod hub;
mod keeper;
mod ledger;
mod meta;
mod office;
mod positions;
mod report;
mod running;
mod settle;
mod signals;

pub(crate) use self::core::Core;
pub(crate) use book::Book;
pub(crate) use clocks::Clocks;
pub(crate) use commit::write;
pub(crate) use driver::Launch;
pub(crate) use graph::Parts;
pub use graph::{Graph, Topology};
pub(crate) use keeper::{Found, Keeper, recover};
pub(crate) use ledger::Ledger;
pub(crate) use running::start;
pub use running::{Running, Stopper, Summary};
