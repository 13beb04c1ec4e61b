use streaming_runtime::stream_pipeline;

stream_pipeline!(
    pub fn echo() -> u64 {
        stdin().lines().print();
    }
);

fn main() {}
