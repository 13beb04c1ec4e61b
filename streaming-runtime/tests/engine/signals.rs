//! SIGINT and SIGTERM, in a process of their own.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use streaming_runtime::stream_pipeline;

use crate::support::{Log, Say, script};

const ROLE: &str = "STREAM_TEST_CHILD";

/// The child: a pipeline with one record in an open batch, whose closure says `at work` and then returns, or never does.
#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let (say, numbers) = script(&Log::default());
    say.send(Say::Added(0)).unwrap();
    say.send(Say::Chunk(0, vec![7])).unwrap();
    let result = stream_pipeline!({
        let numbers = source(numbers);
        numbers
            .map(|n| {
                println!("at work");
                if role == "stuck" {
                    loop {
                        std::thread::park();
                    }
                }
                format!("written {n}")
            })
            .print();
    })
    .batch_interval(Duration::from_hours(1))
    .run_blocking();
    match result {
        Ok(summary) => {
            println!("{} batches", summary.batches);
            std::process::exit(0);
        }
        Err(error) => {
            println!("{error}");
            std::process::exit(3);
        }
    }
}

fn start(role: &str) -> (Child, impl Iterator<Item = String>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "signals::child", "--nocapture"])
        .env(ROLE, role)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut lines = lines.filter(|line| !line.is_empty() && !line.starts_with("running"));
    // The test harness begins the line.
    assert!(lines.next().unwrap().ends_with("at work"));
    (child, lines)
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

#[test]
fn a_signal_finishes_the_open_batch() {
    for signal in ["-TERM", "-INT"] {
        let (mut child, lines) = start("willing");
        send(signal, &child);
        assert_eq!(lines.collect::<Vec<_>>(), ["written 7", "1 batches"]);
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let (mut child, mut lines) = start("stuck");
    send("-TERM", &child);
    // Signals that come close together are one signal: repeat until the child has noticed the second.
    let said = std::thread::spawn(move || lines.next());
    while !said.is_finished() {
        send("-TERM", &child);
        std::thread::yield_now();
    }
    let said = said.join().unwrap();
    assert_eq!(
        said.as_deref(),
        Some("interrupted by a second signal; the open batch was not written")
    );
    assert_eq!(child.wait().unwrap().code(), Some(3));
}
