//! Testing a pipeline: without threads of its own, without brokers, without waiting.
//!
//! # What a pipeline computes
//!
//! [`Pipeline::test`](crate::Pipeline::test) puts a pipeline on a bench. The [`Driver`] pushes rows into its sources by name, runs batch after batch on
//! virtual time, and keeps what readers of its sinks see. Rows are text, [`json`], typed [`values`] or [`messages`] with keys, headers and timestamps; what
//! a sink wrote comes back as text, JSON or [messages](Output::messages).
//!
//! # Test what happens to your own pipeline
//!
//! [`Pipeline::test_with`](crate::Pipeline::test_with) does the same with a [`Checkpoint`]. The pipeline can [die at every step](Driver::crash_at) of the
//! protocol by which batches are decided, and be [restarted](Driver::restart), as the same pipeline or as a newer one. It resumes from the checkpoint and
//! reads again what was pushed behind its positions. The steps are named by [`Step`]. A process that dies
//!
//! | at | before | the batch |
//! |---|---|---|
//! | `Computed` | any sink was given output | has never been: its rows are read again |
//! | `Prepared` | the batch goes to the journal | the same |
//! | `Deciding` | the journal has written it | the same |
//! | `Journaled` | sinks that decide themselves (`kafka`) commit | has never been if there is such a sink, and counts otherwise |
//! | `Decided` | the other sinks commit | counts: the restart commits it |
//! | `Committed` | the journal knows that it is done | counts: the restart commits it again |
//! | `Done` | sources are acknowledged | counts |
//! | `Resumed` | the restart has committed it | as the batch before: every restart begins anew |
//! | `Redone` | the journal knows that it is done | the same |
//!
//! What stands in the place of a sink keeps the promise of that sink. So the output of `print`, which promises at least once, is there twice after a
//! death at `Committed`, and that of `files` or `kafka` is not.
//!
//! # Test a sink or a source of your own
//!
//! [`SinkHarness`] and [`SourceHarness`] put one through everything that the runtime may do to it, and say in words which promise it does not keep.

mod begin;
mod checkpoint;
mod driver;
mod harness;
mod lives;
mod output;
mod sources;
mod threads;
mod world;

pub use crate::bench::{At, Message, Rows, json, messages, values};
pub use crate::faults::Step;
pub use checkpoint::Checkpoint;
pub use driver::Driver;
pub use harness::{Fault, Flaw, Report, SinkHarness, SourceHarness};
pub use output::Output;
