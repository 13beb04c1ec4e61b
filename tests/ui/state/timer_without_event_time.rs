use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let lines = stdin().lines().key_by(|line| line.len());
        let seen = lines
            .state::<u64>(ttl = 1h)
            .on_event(|_, _, cx| cx.set_timer(1_000))
            .on_timer(|seen, cx| cx.emit(*seen));
        seen.print();
    });
}
