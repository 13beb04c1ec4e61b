use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Seen {
    lines: u64,
}

fn main() {
    let _ = stream_pipeline!({
        let lines = stdin().lines().key_by(|line| line.len());
        let seen = lines
            .state::<Seen>(ttl = 1h)
            .on_event(|seen, line, cx| cx.emit((line, seen.line)));
        seen.print();
    });
}
