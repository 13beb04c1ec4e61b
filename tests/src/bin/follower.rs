//! A pipeline that follows log files and is killed again and again: `follower DIRECTORY THREADS follow|finish`.
//!
//! It reads `in/*/app.log*` of the directory and writes the number of each line to `out/`. To `follow` is to wait for more until it is
//! stopped; to `finish` is to read what is there, and to print what was counted over all lives.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use serde::Deserialize;
use streaming_runtime::{Trigger, stream_pipeline};
use streaming_tests::log_to_stderr;
use streaming_tests::planting::plant_from_environment;

#[derive(Deserialize)]
struct Line {
    id: u64,
}

stream_pipeline!(
    fn follower(input: String, out: String) {
        // A piece of a line is no JSON, and ends the run with an error.
        let lines = files(input).json::<Line>();
        lines
            .map(|line| line.id)
            .to(files(out).jsonl().roll(size = 4KiB, every = 20ms));
    }
);

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(directory), Some(threads), Some(how)) =
        (args.next(), args.next().and_then(|n| n.parse().ok()), args.next())
    else {
        eprintln!("usage: follower DIRECTORY THREADS follow|finish");
        return ExitCode::from(2);
    };
    plant_from_environment();
    log_to_stderr();
    let trigger = match how.as_str() {
        "finish" => Trigger::AvailableNow,
        _ => Trigger::Interval(Duration::from_millis(5)),
    };
    let at = |name: &str| Path::new(&directory).join(name).display().to_string();
    let pipeline = follower(at("in/*/app.log*"), at("out"))
        .checkpoint(at("checkpoint"))
        .threads(threads)
        .trigger(trigger);
    match pipeline.run_blocking() {
        Ok(summary) => {
            println!("{}", serde_json::json!(summary.totals));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
