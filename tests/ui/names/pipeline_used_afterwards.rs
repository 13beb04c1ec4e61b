use streaming_runtime::stream_pipeline;

fn main() {
    let pipeline = stream_pipeline!({
        let lines = stdin().lins();
        lines.print();
    });
    println!("{}", pipeline.explain());
}
