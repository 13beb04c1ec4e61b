use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::kafka::fit::Takes;

/// What encoders refuse, because the client or the brokers would: known in part before the sink is open.
#[derive(Debug)]
pub(super) struct Limits {
    /// The size of the largest message, in bytes.
    largest: AtomicUsize,
    /// Every message needs a key.
    keyed: AtomicBool,
}

impl Limits {
    pub(super) fn new(largest: usize) -> Self {
        Self {
            largest: AtomicUsize::new(largest),
            keyed: AtomicBool::new(false),
        }
    }

    /// The size of the largest message that the client sends.
    pub(super) fn set(&self, largest: usize) {
        self.largest.store(largest, Ordering::Relaxed);
    }

    /// Encoders refuse what the topic would.
    pub(super) fn fit(&self, takes: Takes) {
        if let Some(largest) = takes.largest {
            self.largest.fetch_min(largest, Ordering::Relaxed);
        }
        self.keyed.store(takes.keyed, Ordering::Relaxed);
    }

    pub(super) fn largest(&self) -> usize {
        self.largest.load(Ordering::Relaxed)
    }

    pub(super) fn keyed(&self) -> bool {
        self.keyed.load(Ordering::Relaxed)
    }
}
