use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let lines = stdin().lines()
        let long = lines.filter(|line| line.len() > );
        let words = long.flat_map(|line| line.split(' '))
        words.print;
    });
}
