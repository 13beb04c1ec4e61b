//! Memory stays inside its bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use streaming_runtime::source::{Event, Fetched, Open, Slice, Source, SourceError, replay};
use streaming_runtime::{Trigger, stream_pipeline};

const CHUNKS: u64 = 400;
const CHUNK_BYTES: u64 = 1000;

/// A source of chunks of one record each, which counts those that are alive.
#[derive(Debug)]
struct Counting {
    said: u64,
    alive: Arc<AtomicU64>,
    most: Arc<AtomicU64>,
}

/// A record that takes part in the count.
#[derive(Debug)]
struct Alive(Arc<AtomicU64>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

impl Source for Counting {
    type Chunk = Slice<Alive>;
    type Position = u64;
    type Replay = replay::Gone;

    async fn open(&mut self, _: Open<u64>) -> Result<(), SourceError> {
        Ok(())
    }

    async fn next(&mut self) -> Result<Event<Slice<Alive>, u64>, SourceError> {
        self.said += 1;
        Ok(match self.said - 1 {
            0 => Event::Added {
                partition: 0,
                label: "counting".to_owned(),
            },
            CHUNKS.. => Event::Ended,
            said => {
                let alive = self.alive.fetch_add(1, SeqCst) + 1;
                self.most.fetch_max(alive, SeqCst);
                Event::Chunk(Fetched {
                    partition: 0,
                    chunk: Slice::new("counting", said, vec![Alive(Arc::clone(&self.alive))]),
                    rows: 1,
                    bytes: CHUNK_BYTES,
                    next: said + 1,
                    lag: None,
                })
            }
        })
    }

    async fn commit(&mut self, _: &[(u32, u64)]) -> Result<(), SourceError> {
        Ok(())
    }
}

#[test]
fn sources_wait_while_too_much_is_in_flight() {
    let most = Arc::new(AtomicU64::new(0));
    let counting = Counting {
        said: 0,
        alive: Arc::default(),
        most: Arc::clone(&most),
    };
    let summary = stream_pipeline!({
        let counting = source(counting);
        // Slower than the source.
        counting
            .inspect(|_| (0..100).for_each(|_| std::thread::yield_now()))
            .filter(|_| false)
            .print();
    })
    .trigger(Trigger::AvailableNow)
    .threads(2)
    .max_in_flight_bytes(10 * CHUNK_BYTES)
    .max_batch_bytes(25 * CHUNK_BYTES)
    .run_blocking()
    .unwrap();
    assert_eq!(summary.rows_in, CHUNKS - 1);
    assert_eq!(summary.batches, (CHUNKS - 1).div_ceil(25));
    let most = most.load(SeqCst);
    assert!((2..=10).contains(&most), "{most} chunks were alive at a time");
}
