//! SIGINT and SIGTERM, in a process of their own.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use streaming_runtime::run::Run;
use streaming_runtime::sink::{BatchId, Encode, Sink, SinkError, delivery};
use streaming_runtime::stream_pipeline;

use crate::support::{Log, Say, script};

const ROLE: &str = "STREAM_TEST_CHILD";

/// The child: a pipeline with one record in an open batch. What its closure or its sink does then follows from the role.
#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let (say, numbers) = script(&Log::default());
    say.send(Say::Added(0)).unwrap();
    say.send(Say::Chunk(0, vec![7])).unwrap();
    let (closure, sink) = (role.clone(), role.clone());
    let pipeline = stream_pipeline!({
        let numbers = source(numbers);
        numbers
            .map(|n| {
                println!("at work");
                match closure.as_str() {
                    "stuck" => hang(),
                    "slow" => drop(std::io::stdin().read_line(&mut String::new())),
                    _ => {}
                }
                n
            })
            .to(sink(Writes(sink)));
    });
    let pipeline = match role.as_str() {
        "hung" => pipeline
            .batch_interval(Duration::from_millis(1))
            .stop_timeout(Duration::from_millis(20)),
        _ => pipeline.batch_interval(Duration::from_hours(1)),
    };
    match pipeline.run_blocking() {
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

fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

/// Prints what it is given, or does what keeps a pipeline from ending.
#[derive(Debug)]
struct Writes(String);

impl Encode<i64, Vec<i64>> for Plus {
    fn encode(&self, record: i64, staged: &mut Vec<i64>) -> Result<(), SinkError> {
        staged.push(record);
        Ok(())
    }
}

#[derive(Debug)]
struct Plus;

impl Sink for Writes {
    type Staged = Vec<i64>;
    type Encoder = Plus;
    type Delivery = delivery::AtLeastOnce;

    fn encoder(&self) -> Plus {
        Plus
    }

    async fn open(&mut self, _: &Arc<Run>) -> Result<(), SinkError> {
        if self.0 == "early" {
            send("-TERM", std::process::id());
            println!("at work");
        }
        Ok(())
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<i64>>) -> Result<(), SinkError> {
        for number in staged.into_iter().flatten() {
            println!("written {number}");
        }
        Ok(())
    }

    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        if self.0 == "hung" {
            println!("hangs");
            hang();
        }
        Ok(())
    }

    async fn abort(&mut self, _: &BatchId) {}
}

fn start(role: &str) -> (Child, impl Iterator<Item = String>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "signals::child", "--nocapture"])
        .env(ROLE, role)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut lines = lines.filter(|line| !line.is_empty() && !line.starts_with("running"));
    // The test harness begins the line.
    assert!(lines.next().unwrap().ends_with("at work"));
    (child, lines)
}

fn send(signal: &str, process: u32) {
    let sent = Command::new("kill")
        .args([signal, &process.to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

#[test]
fn a_signal_finishes_the_open_batch() {
    for signal in ["-TERM", "-INT"] {
        let (mut child, lines) = start("willing");
        send(signal, child.id());
        assert_eq!(lines.collect::<Vec<_>>(), ["written 7", "1 batches"]);
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let (mut child, mut lines) = start("stuck");
    send("-TERM", child.id());
    // Signals that come close together are one signal: repeat until the child has noticed the second.
    let said = std::thread::spawn(move || lines.next());
    while !said.is_finished() {
        send("-TERM", child.id());
        std::thread::yield_now();
    }
    let said = said.join().unwrap();
    let said = said.unwrap();
    assert!(
        said.starts_with("interrupted by a second signal, while waiting for a closure of `numbers.map` (map, line "),
        "{said}"
    );
    assert!(said.contains("that works on records of `script/0`, for "), "{said}");
    assert!(said.ends_with("; the open batch was not written"), "{said}");
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

#[test]
fn two_signals_that_come_together_are_one() {
    let (mut child, lines) = start("slow");
    let process = child.id();
    let twice = format!("kill -TERM {process}; kill -INT {process}");
    assert!(Command::new("sh").args(["-c", &twice]).status().unwrap().success());
    child.stdin.take().unwrap().write_all(b"go on\n").unwrap();
    assert_eq!(lines.collect::<Vec<_>>(), ["written 7", "1 batches"]);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_signal_that_comes_while_the_pipeline_starts_is_not_lost() {
    let (mut child, lines) = start("early");
    let lines: Vec<String> = lines.collect();
    // The source is stopped before it has said anything, or behind its record.
    assert!(lines.last().is_some_and(|line| line.ends_with(" batches")), "{lines:?}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_sink_that_never_returns_does_not_keep_the_process() {
    let (mut child, mut lines) = start("hung");
    assert_eq!(lines.by_ref().take(2).collect::<Vec<_>>(), ["written 7", "hangs"]);
    send("-TERM", child.id());
    let said = lines.next().unwrap();
    assert!(said.starts_with("interrupted 20ms after a signal (`stop_timeout`), while waiting for sink `numbers.sink` to commit batch 0, for "), "{said}");
    assert_eq!(child.wait().unwrap().code(), Some(3));
}
