use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let totals = stdin().lines().key_by(|line| line.len()).batch().agg((key(), median(|line| line.len())));
        totals.map(|(length, _)| length).print();
    });
}
