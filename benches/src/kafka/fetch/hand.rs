//! By hand: one thread, however many there are (librdkafka has its own besides).

use rdkafka::message::Message as _;

use crate::harness::{Measured, Watch};
use crate::kafka::broker::Input;
use crate::kafka::{consumer, next};

pub(super) fn run(input: Input) -> Measured {
    let consumer = consumer(input.bootstrap, "bench-fetch", input.topic);
    let mut watch = None;
    let mut bytes = 0;
    for _ in 0..input.messages {
        let message = next(&consumer);
        watch.get_or_insert_with(Watch::start);
        bytes += message.payload().map_or(0, <[u8]>::len) as u64;
    }
    Measured {
        checksum: bytes,
        ..watch.expect("there are messages").stop(input.messages)
    }
}
