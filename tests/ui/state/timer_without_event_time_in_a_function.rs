use streaming_runtime::keyed::Cx;
use streaming_runtime::stream_pipeline;

fn seen(_: &mut u64, _: String, cx: &Cx<'_, usize, u64>) {
    cx.set_timer(1_000);
}

fn main() {
    let _ = stream_pipeline!({
        let lines = stdin().lines().key_by(|line| line.len());
        let seen = lines.state::<u64>(ttl = 1h).on_event(seen).on_timer(|seen, cx| cx.emit(*seen));
        seen.print();
    });
}
