use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let raw = stdin();
        raw.lines().print();
        raw.csv::<(u8, u8)>().map(|row| row.0).print();
    });
}
