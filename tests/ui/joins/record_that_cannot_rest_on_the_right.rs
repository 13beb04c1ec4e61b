use serde::Deserialize;
use streaming_runtime::stream_pipeline;

#[derive(Debug, Deserialize)]
struct Shown {
    ad: u64,
    at: i64,
}

fn main() {
    let _ = stream_pipeline!({
        let shown = files("shown").json::<Shown>().event_time(|ad| ad.at, max_delay = 1s);
        let ticks = rate(10).event_time(|tick| tick.at, max_delay = 1s);
        let pairs = ticks.join(shown).on(|tick| tick.value, |ad| ad.ad).within(0s..=15min);
        pairs.map(|(tick, _)| tick.at).print();
    });
}
