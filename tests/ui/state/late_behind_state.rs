use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
        let seen = ticks
            .key_by(|tick| tick.value)
            .state::<u64>(ttl = 1h)
            .on_event(|seen, _, cx| cx.emit(*seen));
        seen.print();
        seen.late().map(|tick| tick.value).print();
    });
}
