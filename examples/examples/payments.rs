//! Sums payments per user and minute: `cargo run -p streaming-examples --example payments -- 'in/*.jsonl' out`.

use std::process::ExitCode;

use streaming_examples::totals;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(input), Some(output)) = (args.next(), args.next()) else {
        eprintln!("usage: payments INPUT_GLOB OUTPUT_DIR");
        return ExitCode::from(64);
    };
    match totals(&input, &output).run_blocking() {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            // A supervisor starts it again after 75, and calls a person after 78.
            ExitCode::from(if error.is_retryable() { 75 } else { 78 })
        }
    }
}
