#![deny(deprecated)]
use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let orders = memory(vec![1i64]).event_time(|order| **order, max_delay = 30s);
        let minutes = orders.key_by(|_| 0).window(tumbling(1min)).count();
        let timed = minutes.event_time(|(_, window, _)| window.end, max_delay = 30s);
        let hours = timed.key_by(|_| 0).window(tumbling(1h)).count();
        hours.print();
    });
}
