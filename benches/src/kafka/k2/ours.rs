//! The pipeline.

use streaming_runtime::stream_pipeline;

use super::{LEAST, Spent};
use crate::data::orders::Order;
use crate::harness::Measured;
use crate::kafka::broker::{Input, fresh};
use crate::kafka::{BATCH, FirstMessage, Promise};

pub(super) fn run(threads: usize, input: Input, out: &str, promise: Promise) -> Measured {
    let first = FirstMessage::default();
    let (clock, group) = (first.clone(), fresh("k2"));
    let pipeline = stream_pipeline!({
        settings(
            trigger = available_now,
            max_batch_rows = BATCH,
            brokers = input.bootstrap,
        );

        let orders = kafka(input.topic).group(group).json::<Order<'_>>();
        let large = orders.filter(|order| {
            clock.seen();
            order.amount >= LEAST
        });
        let spent = large.map(|order| Spent {
            user: order.user,
            amount: order.amount,
        });
        spent.to(kafka(out).json());
    });
    promise.run(pipeline.threads(threads));
    first.stop(input.messages)
}
