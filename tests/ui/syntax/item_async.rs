use streaming_runtime::stream_pipeline;

stream_pipeline!(
    pub async fn echo() {
        stdin().lines().print();
    }
);

fn main() {}
