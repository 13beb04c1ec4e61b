use streaming_runtime::stream_pipeline;

#[derive(Debug, serde::Deserialize)]
struct Click {
    page: String,
}

fn main() {
    let _ = stream_pipeline!({
        let clicks = files("in/*.jsonl").json::<Click>();
        clicks.map(|click| click.page).print();
        clicks.filter_map(|click| (!click.page.is_empty()).then_some(click)).print();
    });
}
