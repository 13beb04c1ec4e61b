//! Kafka to Kafka with windows, at least once: orders of at least 1.00, counted and summed by user and tumbling 10 s of event time.
//!
//! Rows: one JSON message [`Total`] per user and window, about as many as there are orders, in whatever partition; sent when the
//! watermark (the least over partitions of newest − 5 s) has passed the window's end, and at the end of the input. Offsets are
//! committed about every 100 ms, when what was sent before is acknowledged; open windows rest in memory only, on both sides. The
//! clock starts with the first message and stops when the last offsets are committed. What came out is read back.

mod hand;
mod ours;

use serde::Serialize;

use super::broker::input;
use super::{Promise, checked};
use crate::harness::{Case, Scale};

/// What comes out.
#[derive(Debug, Serialize)]
pub(crate) struct Total<U> {
    pub(crate) user: U,
    /// Start of the window.
    pub(crate) from: i64,
    pub(crate) orders: u64,
    pub(crate) cents: u64,
}

/// The smallest amount that counts.
pub(crate) const LEAST: f64 = 1.0;

/// Exact, in whatever order it is summed.
#[inline]
pub(crate) fn cents(amount: f64) -> u64 {
    (amount * 100.0).round() as u64
}

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
