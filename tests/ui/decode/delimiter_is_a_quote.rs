use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let rows = stdin().csv::<(u8, u8)>(delimiter = b'"');
        rows.map(|row| row.0).print();
    });
}
