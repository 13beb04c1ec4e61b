use streaming_runtime::stream_pipeline;

stream_pipeline!(
    /// Prints what comes in.
    pub fn echo(prefix: &str) {
        let lines = stdin().lins();
        lines.print();
    }
);

fn main() {
    println!("{}", echo("> ").explain());
}
