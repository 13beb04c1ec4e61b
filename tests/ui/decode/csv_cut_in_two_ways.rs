use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let raw = stdin();
        raw.csv::<(u8, u8)>(trim = true).map(|row| row.0).print();
        raw.csv::<(u8, u8)>().map(|row| row.1).print();
    });
}
