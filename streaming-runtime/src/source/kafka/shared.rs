use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::Thread;

use super::partition::Partition;

/// What the fetcher's thread and the source share beside the events: how much is waiting, and whether to stop.
#[derive(Debug)]
pub(super) struct Shared {
    rows: AtomicU64,
    bytes: AtomicU64,
    most_rows: u64,
    most_bytes: u64,
    stopped: AtomicBool,
    fetcher: OnceLock<Thread>,
    /// The partitions whose end is to be known.
    watched: Mutex<Vec<Arc<Partition>>>,
}

impl Shared {
    /// Nothing waits; at most so many rows and bytes may.
    pub(super) fn new(most_rows: u64, most_bytes: u64) -> Self {
        Self {
            rows: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            most_rows,
            most_bytes,
            stopped: AtomicBool::new(false),
            fetcher: OnceLock::new(),
            watched: Mutex::default(),
        }
    }

    /// The calling thread is the one to wake.
    pub(super) fn is_me(&self) {
        let _ = self.fetcher.set(std::thread::current());
    }

    pub(super) fn wake(&self) {
        if let Some(fetcher) = self.fetcher.get() {
            fetcher.unpark();
        }
    }

    pub(super) fn put(&self, rows: u64, bytes: u64) {
        self.rows.fetch_add(rows, Ordering::AcqRel);
        self.bytes.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Makes room, and wakes the fetcher when it waits for that.
    pub(super) fn take(&self, rows: u64, bytes: u64) {
        let full = self.is_full();
        self.rows.fetch_sub(rows, Ordering::AcqRel);
        self.bytes.fetch_sub(bytes, Ordering::AcqRel);
        if full {
            self.wake();
        }
    }

    /// Enough is waiting: this is the back-pressure.
    pub(super) fn is_full(&self) -> bool {
        self.rows.load(Ordering::Acquire) >= self.most_rows || self.bytes.load(Ordering::Acquire) >= self.most_bytes
    }

    pub(super) fn watch(&self, partition: &Arc<Partition>) {
        self.watched
            .lock()
            .expect("no panic while locked")
            .push(Arc::clone(partition));
    }

    /// The partitions that are watched and still ours.
    pub(super) fn watched(&self) -> Vec<Arc<Partition>> {
        let mut watched = self.watched.lock().expect("no panic while locked");
        watched.retain(|partition| !partition.is_revoked());
        watched.clone()
    }

    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.wake();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_by_rows_or_by_bytes() {
        let shared = Shared::new(10, 100);
        shared.put(9, 99);
        assert!(!shared.is_full());
        shared.put(1, 0);
        assert!(shared.is_full());
        shared.take(1, 0);
        shared.put(0, 1);
        assert!(shared.is_full());
    }
}
