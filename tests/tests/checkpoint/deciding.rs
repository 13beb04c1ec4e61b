//! One transaction decides whether a batch counts.

use std::sync::{Arc, Mutex};

use streaming_runtime::sink::{BatchId, Decided, Sink, SinkError, delivery};
use streaming_runtime::{PipelineError, stream_pipeline};

use super::table::AsText;

/// A sink that decides by a transaction, which other sinks may write in as well. Clones write to the same list.
#[derive(Debug, Clone, Default)]
struct Ledger {
    transaction: Option<&'static str>,
    rows: Arc<Mutex<Vec<String>>>,
    prepared: Vec<String>,
    silent: bool,
}

impl Ledger {
    fn within(transaction: &'static str) -> Self {
        Self {
            transaction: Some(transaction),
            ..Self::default()
        }
    }
}

impl Sink for Ledger {
    type Staged = Vec<String>;
    type Encoder = AsText;
    type Delivery = delivery::Deciding;

    fn encoder(&self) -> AsText {
        AsText
    }

    fn transaction(&self) -> Option<String> {
        self.transaction.map(str::to_owned)
    }

    async fn decided(&mut self, _: &str, _: &str) -> Result<Decided, SinkError> {
        if self.silent {
            return Err(SinkError::new("not known".to_owned()));
        }
        Ok(Decided::Unknown)
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<String>>) -> Result<(), SinkError> {
        self.prepared = staged.into_iter().flatten().collect();
        Ok(())
    }

    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        self.rows.lock().unwrap().append(&mut self.prepared);
        Ok(())
    }

    async fn abort(&mut self, _: &BatchId) {
        self.prepared.clear();
    }
}

stream_pipeline!(
    fn both(first: Ledger, second: Ledger) {
        settings(trigger = available_now);
        let even = memory(vec![1_u64, 2, 3, 4]).filter(|n| *n % 2 == 0).map(|n| *n);
        let twice = even.map(|n| n * 2);
        even.to(sink(first));
        twice.to(sink(second));
    }
);

fn refused(first: Ledger, second: Ledger) -> String {
    let directory = tempfile::tempdir().unwrap();
    let checkpoint = directory.path().join("checkpoint");
    let rows = [Arc::clone(&first.rows), Arc::clone(&second.rows)];
    let error = both(first, second).checkpoint(&checkpoint).run_blocking().unwrap_err();
    assert!(matches!(error, PipelineError::Checkpoint(_)), "{error}");
    assert!(rows.iter().all(|rows| rows.lock().unwrap().is_empty()));
    assert!(!checkpoint.exists(), "nothing is begun");
    error.to_string()
}

#[test]
fn two_transactions_cannot_decide() {
    let cases = [
        (Ledger::default(), Ledger::default()),
        (Ledger::within("orders"), Ledger::default()),
        (Ledger::within("orders"), Ledger::within("bills")),
    ];
    for (first, second) in cases {
        let error = refused(first, second);
        assert!(
            error.starts_with("sinks `even.sink` and `twice.sink` decide by two transactions"),
            "{error}"
        );
        assert!(error.contains("from a pipeline of its own"), "{error}");
    }
}

#[test]
fn two_sinks_may_share_one_that_decides() {
    let directory = tempfile::tempdir().unwrap();
    let (first, second) = (Ledger::within("orders"), Ledger::within("orders"));
    let rows = [Arc::clone(&first.rows), Arc::clone(&second.rows)];
    both(first, second).checkpoint(directory.path()).run_blocking().unwrap();
    let [first, second] = rows.map(|rows| rows.lock().unwrap().clone());
    assert_eq!(
        (first, second),
        (
            vec!["2".to_owned(), "4".to_owned()],
            vec!["4".to_owned(), "8".to_owned()]
        )
    );
}

#[test]
fn without_a_checkpoint_nothing_is_decided() {
    let (first, second) = (Ledger::default(), Ledger::default());
    let rows = Arc::clone(&second.rows);
    both(first, second).run_blocking().unwrap();
    assert_eq!(*rows.lock().unwrap(), ["4", "8"]);
}

#[cfg(feature = "kafka")]
#[test]
fn kafka_decides_by_a_transaction_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now, brokers = "nowhere:9092");
        let lines = memory(vec!["a".to_owned()]);
        lines.to(kafka("lines"));
        lines.to(sink(Ledger::default()));
    });
    let error = pipeline
        .checkpoint(directory.path())
        .run_blocking()
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("sinks `lines.kafka` and `lines.sink` decide by two"),
        "{error}"
    );
}

#[test]
fn a_sink_that_cannot_say_what_it_decided() {
    let directory = tempfile::tempdir().unwrap();
    let silent = Ledger {
        silent: true,
        ..Ledger::default()
    };
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let numbers = memory(vec![1_u64]).map(|n| *n);
        numbers.to(sink(silent));
    });
    let error = pipeline
        .checkpoint(directory.path())
        .run_blocking()
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "sink `numbers.sink` could not say which batch it committed last: not known"
    );
}
