use streaming_runtime::keyed::{Cx, WithEventTime};
use streaming_runtime::stream_pipeline;

fn seen<C: WithEventTime>(seen: &mut u64, _: String, cx: &Cx<'_, usize, u64, C>) {
    *seen += 1;
    if !cx.is_late() {
        cx.emit(*seen);
    }
}

fn main() {
    let _ = stream_pipeline!({
        let lines = stdin().lines().key_by(|line| line.len());
        let counts = lines.state::<u64>(ttl = 1h).on_event(seen);
        counts.print();
    });
}
