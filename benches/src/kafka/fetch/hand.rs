//! By hand: one thread, however many there are (librdkafka has its own besides).

use std::time::Instant;

use rdkafka::message::Message as _;

use crate::harness::Measured;
use crate::kafka::broker::Input;
use crate::kafka::{consumer, next};

pub(super) fn run(input: Input) -> Measured {
    let consumer = consumer(input.bootstrap, "bench-fetch", input.topic);
    let mut start = None;
    let mut bytes = 0;
    for _ in 0..input.messages {
        let message = next(&consumer);
        start.get_or_insert_with(Instant::now);
        bytes += message.payload().map_or(0, <[u8]>::len) as u64;
    }
    let seconds = start.map_or(0.0, |start| start.elapsed().as_secs_f64());
    Measured {
        rows: input.messages,
        seconds,
        outputs: 0,
        checksum: bytes,
    }
}
