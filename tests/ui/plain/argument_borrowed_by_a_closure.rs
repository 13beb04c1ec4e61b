use streaming_runtime::stream_pipeline;

stream_pipeline!(
    pub fn echo(prefix: &str) {
        stdin().lines().map(|line| format!("{prefix}{line}")).print();
    }
);

fn main() {
    let _ = echo("> ");
}
