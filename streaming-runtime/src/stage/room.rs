use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// What a chunk costs beside its bytes: so that empty chunks are bounded too.
const CHUNK: u64 = 64;

/// Bytes of input that were fetched and not yet worked on; sources wait while there are too many.
///
/// A source asks for one chunk as long as there is room, so what is held exceeds the limit by less than one chunk per source.
#[derive(Debug)]
pub(crate) struct Room {
    limit: u64,
    used: AtomicU64,
    freed: Notify,
}

impl Room {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            limit,
            used: AtomicU64::new(0),
            freed: Notify::new(),
        }
    }

    /// Waits until there is room. Cancel-safe.
    pub(crate) async fn wait(&self) {
        loop {
            let freed = self.freed.notified();
            if self.used() < self.limit {
                return;
            }
            freed.await;
        }
    }

    pub(crate) fn take(&self, bytes: u64) {
        self.used.fetch_add(bytes + CHUNK, Ordering::AcqRel);
    }

    pub(crate) fn give(&self, bytes: u64) {
        self.used.fetch_sub(bytes + CHUNK, Ordering::AcqRel);
        self.freed.notify_waiters();
    }

    pub(crate) fn used(&self) -> u64 {
        self.used.load(Ordering::Acquire)
    }
}
