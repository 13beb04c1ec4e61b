//! Counts the words of standard input: `echo "to be or not to be" | cargo run --example word_count`.

use serde::Serialize;
use streaming_runtime::stream_pipeline;

#[derive(Serialize, Debug)]
struct WordCount {
    word: String,
    n: u64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);

        let lines = stdin().lines();
        let words = lines.flat_map(|line| line.split_whitespace());
        let counts = words.key_by(|word| word).batch().agg(WordCount {
            word: key(),
            n: count(),
        });
        counts.print();
    });
    pipeline.run().await?;
    Ok(())
}
