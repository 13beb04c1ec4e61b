//! Kafka to Kafka, exactly once: parse orders, keep those of at least 50.00, send user and amount on.
//!
//! Rows: one JSON message [`Spent`] per order kept, in whatever partition, committed in transactions of about 100 ms. The
//! clock starts with the first message and stops when the last transaction is committed. What came out is read back, as
//! a consumer sees it that reads committed messages only.

mod hand;

use rdkafka::message::Message as _;
use serde::Serialize;

use super::broker::{fresh_topic, input};
use super::{consumer, next};
use crate::harness::{Case, Measured, Scale};

/// What comes out.
#[derive(Debug, Serialize)]
pub(crate) struct Spent<'a> {
    pub(crate) user: &'a str,
    pub(crate) amount: f64,
}

/// The smallest amount that is kept: half of the orders.
pub(crate) const LEAST: f64 = 50.0;

pub(crate) fn case(scale: &Scale) -> Case {
    let input = input(scale);
    Case::new(move |_| {
        let out = fresh_topic(input.bootstrap);
        let (measured, outputs) = hand::run(input, &out);
        read_back(input.bootstrap, &out, outputs, measured)
    })
}

/// Adds what a topic holds to the outputs; there must be `outputs` committed messages.
pub(crate) fn read_back(bootstrap: &str, topic: &str, outputs: u64, mut measured: Measured) -> Measured {
    let consumer = consumer(bootstrap, "bench-read-back", topic);
    for _ in 0..outputs {
        let message = next(&consumer);
        measured.add_output(message.payload().unwrap_or_default());
    }
    measured
}
