//! Kafka to Kafka, at least once: parse orders, keep those of at least 50.00, send user and amount on.
//!
//! Rows: one JSON message [`Spent`] per order kept, in whatever partition. Offsets are committed to the group about every 100 ms,
//! for messages whose outputs are acknowledged. The clock starts with the first message and stops when the last offsets are
//! committed. What came out is read back.

mod hand;
mod ours;

use serde::Serialize;

use super::broker::input;
use super::{Promise, checked};
use crate::harness::{Case, Scale};

/// What comes out.
#[derive(Debug, Serialize)]
pub(crate) struct Spent<'a> {
    pub(crate) user: &'a str,
    pub(crate) amount: f64,
}

/// The smallest amount that is kept: half of the orders.
pub(crate) const LEAST: f64 = 50.0;

pub(crate) fn case(scale: &Scale) -> Case {
    with(scale, Promise::AtLeastOnce)
}

/// The same exactly once.
pub(crate) fn case_once(scale: &Scale) -> Case {
    with(scale, Promise::ExactlyOnce)
}

fn with(scale: &Scale, promise: Promise) -> Case {
    let input = input(scale);
    Case::new(move |_| checked(input, |out| hand::run(input, out, promise)))
        .ours(move |threads| checked(input, |out| ours::run(threads, input, out, promise)))
}
