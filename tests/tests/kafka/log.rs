//! What is said in the log of this process.

use std::io;
use std::sync::{Mutex, Once};
use std::time::Instant;

use crate::reader::PATIENCE;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// From now on the log of this process is kept.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(|| Log);
        subscriber
            .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
            .init();
    });
}

/// The lines of the log with all of `parts`.
pub(crate) fn said(parts: &[&str]) -> Vec<String> {
    let log = String::from_utf8_lossy(&LOG.lock().unwrap()).into_owned();
    let lines = log.lines().filter(|line| parts.iter().all(|part| line.contains(part)));
    lines.map(str::to_owned).collect()
}

pub(crate) async fn until_said(parts: &[&str]) {
    let begun = Instant::now();
    while said(parts).is_empty() {
        assert!(begun.elapsed() < PATIENCE, "nobody said {parts:?}");
        tokio::task::yield_now().await;
    }
}
