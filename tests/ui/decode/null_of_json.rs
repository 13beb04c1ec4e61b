use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let rows = stdin().json::<(u8, u8)>(null = "NA");
        rows.map(|row| row.0).print();
    });
}
