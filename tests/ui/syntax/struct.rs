use streaming_runtime::stream_pipeline;

stream_pipeline!(
    pub struct Echo {
        lines: String,
    }
);

fn main() {}
