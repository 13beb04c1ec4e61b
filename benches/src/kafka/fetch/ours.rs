//! The pipeline.

use streaming_runtime::stream_pipeline;

use crate::harness::Measured;
use crate::kafka::FirstMessage;
use crate::kafka::broker::{Input, fresh};
use crate::ours::Total;

pub(super) fn run(threads: usize, input: Input) -> Measured {
    let (first, total) = (FirstMessage::default(), Total::default());
    let (clock, kept, group) = (first.clone(), total.clone(), fresh("fetch"));
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);

        let messages = kafka(input.topic).brokers(input.bootstrap).group(group);
        let sizes = messages.map(|message| {
            clock.seen();
            message.payload().map_or(0, <[u8]>::len) as u64
        });
        sizes.to(sink(kept));
    });
    pipeline.threads(threads).start().join().expect("the pipeline runs");
    Measured {
        checksum: total.get(),
        ..first.stop(input.messages)
    }
}
