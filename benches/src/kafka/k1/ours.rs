//! The pipeline.

use streaming_runtime::stream_pipeline;

use super::{LEAST, Total, cents};
use crate::data::orders::Order;
use crate::harness::Measured;
use crate::kafka::broker::{Input, fresh};
use crate::kafka::{BATCH, FirstMessage, Promise};

pub(super) fn run(threads: usize, input: Input, out: &str, promise: Promise) -> Measured {
    let first = FirstMessage::default();
    let (clock, group) = (first.clone(), fresh("k1"));
    let pipeline = stream_pipeline!({
        settings(
            trigger = available_now,
            max_batch_rows = BATCH,
            brokers = input.bootstrap,
        );

        let orders = kafka(input.topic)
            .group(group)
            .json::<Order<'_>>()
            .event_time(|order| order.ts, max_delay = 5s);
        let counted = orders.filter(|order| {
            clock.seen();
            order.amount >= LEAST
        });
        let totals = counted.key_by(|order| order.user).window(tumbling(10s)).agg(Total {
            user: key(),
            from: window_start(),
            orders: count(),
            cents: sum(|order| cents(order.amount)),
        });
        totals.to(kafka(out).json());
    });
    promise.run(pipeline.threads(threads));
    first.stop(input.messages)
}
