use streaming_runtime::stream_pipeline;

stream_pipeline!(
    pub fn echo {
        stdin().lines().print();
    }
);

fn main() {}
