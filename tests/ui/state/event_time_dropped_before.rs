use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
        let counts = ticks.key_by(|tick| tick.value % 3).running(ttl = 1h).count();
        let seen = counts
            .key_by(|count| count.0)
            .state::<u64>(ttl = 1h)
            .on_event(|seen, count, _| *seen = count.1)
            .on_timer(|seen, cx| cx.emit((*seen, cx.is_late())));
        seen.print();
    });
}
