//! A pipeline with a checkpoint goes on where it was, whatever stopped it.

mod deciding;
mod faults;
mod fresh;
mod partitions;
mod positions;
mod refusals;
mod restart;
mod table;
