use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Shown {
    ad: String,
    at: i64,
    price: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Click {
    ad: String,
    id: u64,
    at: i64,
}

fn main() {
    let _ = stream_pipeline!({
        let shown = files("shown").json::<Shown>().event_time(|ad| ad.at, max_delay = 1s);
        let clicks = files("clicks").json::<Click>().event_time(|click| click.at, max_delay = 1s);
        let pairs = shown.join(clicks).on(|ad| ad.ad.as_str()).within(0s..=15min);
        pairs.print();
    });
}
