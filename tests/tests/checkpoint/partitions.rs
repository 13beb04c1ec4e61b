//! Partitions that an earlier run had read are announced again one after the other, and batches close in between.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use streaming_runtime::source::{Event, Fetched, Open, Slice, Source, SourceError, replay};
use streaming_runtime::{Summary, stream_pipeline};

use super::table::Table;

/// What [`Parts`] says next.
#[derive(Debug, Clone, Copy)]
enum Say {
    Added(u32),
    Record(u32, i64),
}

use Say::{Added, Record};

/// A source of partitions, one record a chunk.
#[derive(Debug)]
struct Parts {
    says: VecDeque<Say>,
    read: BTreeMap<u32, u64>,
}

impl Source for Parts {
    type Chunk = Slice<i64>;
    type Position = u64;
    type Replay = replay::Replayable;
    const GROWS: bool = true;

    async fn open(&mut self, _: Open<u64>) -> Result<(), SourceError> {
        Ok(())
    }

    async fn next(&mut self) -> Result<Event<Slice<i64>, u64>, SourceError> {
        Ok(match self.says.pop_front() {
            None => Event::Ended,
            Some(Added(partition)) => Event::Added {
                partition,
                label: format!("parts/{partition}"),
            },
            Some(Record(partition, at)) => {
                let read = self.read.entry(partition).or_default();
                *read += 1;
                Event::Chunk(Fetched {
                    partition,
                    rows: 1,
                    bytes: 8,
                    next: *read,
                    lag: None,
                    chunk: Slice::new("parts", *read - 1, vec![at]),
                })
            }
        })
    }

    async fn commit(&mut self, _: &[(u32, u64)]) -> Result<(), SourceError> {
        Ok(())
    }
}

/// Counts by 10 ms; every record is a batch.
fn run(directory: &Path, table: &Table, says: &[Say]) -> Summary {
    let parts = Parts {
        says: says.iter().copied().collect(),
        read: BTreeMap::new(),
    };
    stream_pipeline!({
        settings(trigger = available_now, max_batch_rows = 1, checkpoint = directory);
        let records = source(parts).event_time(|at| *at, max_delay = 0s);
        let windows = records
            .key_by(|_| 0u8)
            .window(tumbling(10ms))
            .agg((window_start(), count()));
        windows.to(sink(table.clone()));
    })
    .run_blocking()
    .unwrap()
}

#[test]
fn a_partition_that_is_not_announced_again_yet_holds_the_watermark_back() {
    let directory = tempfile::tempdir().unwrap();
    let table = Table::default();
    let first = run(
        directory.path(),
        &table,
        &[Added(0), Added(1), Record(0, 100), Record(1, 5)],
    );
    assert_eq!((first.late, table.rows().len()), (0, 0));
    let second = run(
        directory.path(),
        &table,
        &[Added(0), Record(0, 101), Added(1), Record(1, 6), Record(1, 25)],
    );
    assert_eq!(second.late, 0, "6 is as far as its partition ever was");
    assert_eq!(table.rows(), ["(0, 2)"]);
}

#[test]
fn also_one_of_which_nothing_was_read() {
    let directory = tempfile::tempdir().unwrap();
    let table = Table::default();
    run(directory.path(), &table, &[Added(0), Added(1), Record(0, 100)]);
    let second = run(
        directory.path(),
        &table,
        &[Added(0), Record(0, 101), Added(1), Record(1, 6), Record(1, 25)],
    );
    assert_eq!(second.late, 0, "its partition is just beginning");
    assert_eq!(table.rows(), ["(0, 1)"]);
}

#[test]
fn a_watermark_from_the_future_is_set_back() {
    let directory = tempfile::tempdir().unwrap();
    let far = 1_700_000_000_000_000;
    let poisoned = Parts {
        says: VecDeque::from([Added(0), Record(0, 5), Record(0, far)]),
        read: BTreeMap::new(),
    };
    let windows = Table::default();
    let table = windows.clone();
    let first = stream_pipeline!({
        settings(
            trigger = available_now,
            max_batch_rows = 1,
            checkpoint = directory.path(),
        );
        let records = source(poisoned).event_time(|at| *at, max_delay = 0s, max_ahead = unbounded);
        let windows = records
            .key_by(|_| 0u8)
            .window(tumbling(10ms))
            .agg((window_start(), count()));
        windows.to(sink(table));
    })
    .run_blocking()
    .unwrap();
    assert_eq!((first.late, first.ahead), (0, 0));
    let second = run(
        directory.path(),
        &windows,
        &[Added(0), Record(0, 12), Record(0, far), Record(0, 25)],
    );
    assert_eq!((second.late, second.ahead), (0, 1));
    assert_eq!(windows.rows(), ["(0, 1)", "(10, 1)"]);
}
