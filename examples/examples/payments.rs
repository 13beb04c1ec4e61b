//! Sums payments per user and minute: `cargo run -p streaming-examples --example payments -- 'in/*.jsonl' out`.

use streaming_examples::totals;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(input), Some(output)) = (args.next(), args.next()) else {
        eprintln!("usage: payments INPUT_GLOB OUTPUT_DIR");
        return Ok(());
    };
    totals(&input, &output).run_blocking()?;
    Ok(())
}
