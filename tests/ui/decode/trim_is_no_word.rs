use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let rows = stdin().csv::<(u8, u8)>(trim = yes);
        rows.map(|row| row.0).print();
    });
}
