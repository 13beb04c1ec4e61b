use streaming_runtime::stream_pipeline;

stream_pipeline!(
    pub fn echo(prefix: Prefix) {
        stdin().lines().map(|line| format!("{prefix}{line}")).print();
    }
);

fn main() {}
