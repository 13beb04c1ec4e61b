use streaming_runtime::stream_pipeline;

stream_pipeline!(
    pub fn () {
        stdin().lines().print();
    }
);

fn main() {}
