use streaming_runtime::keyed::{Cx, WithEventTime};
use streaming_runtime::stream_pipeline;

fn tell<C: WithEventTime>(seen: u64, cx: &Cx<'_, usize, u64, C>) {
    if !cx.is_late() {
        cx.emit(seen);
    }
}

fn main() {
    let _ = stream_pipeline!({
        let lines = stdin().lines().key_by(|line| line.len());
        let counts = lines.state::<u64>(ttl = 1h).on_event(|seen, _, cx| tell(*seen, cx));
        counts.print();
    });
}
