//! The only place that reads the time of the machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crate::time::EventTime;

/// What time it is: by the machine, or as a test says.
#[derive(Debug, Clone)]
pub(crate) enum WallClock {
    Machine {
        started: Instant,
    },
    Virtual {
        nanos: Arc<AtomicU64>,
        /// What the machine's clock showed when this one was made.
        began: i64,
    },
}

impl WallClock {
    pub(crate) fn machine() -> Self {
        Self::Machine {
            started: Instant::now(),
        }
    }

    /// A clock that stands at the epoch until it is [advanced](Self::advance).
    pub(crate) fn at_epoch() -> Self {
        Self::Virtual {
            nanos: Arc::default(),
            began: SystemTime::now().epoch_millis(),
        }
    }

    /// Time since the pipeline started; never goes back.
    pub(crate) fn elapsed(&self) -> Duration {
        match self {
            Self::Machine { started } => started.elapsed(),
            Self::Virtual { nanos, .. } => Duration::from_nanos(nanos.load(Ordering::Relaxed)),
        }
    }

    /// Time of day, epoch milliseconds.
    pub(crate) fn epoch_millis(&self) -> i64 {
        match self {
            Self::Machine { .. } => SystemTime::now().epoch_millis(),
            Self::Virtual { .. } => crate::time::millis(self.elapsed()),
        }
    }

    /// What event times are compared with, epoch milliseconds: the time of day. Virtual time begins at the epoch, and what a test pushes may be
    /// of any time up to now, so that there it is what the machine's clock showed at first, and what has passed since.
    pub(crate) fn present_millis(&self) -> i64 {
        match self {
            Self::Machine { .. } => self.epoch_millis(),
            Self::Virtual { began, .. } => began.saturating_add(crate::time::millis(self.elapsed())),
        }
    }

    /// Moves a virtual clock on; the machine's goes by itself.
    pub(crate) fn advance(&self, by: Duration) {
        if let Self::Virtual { nanos, .. } = self {
            nanos.fetch_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }
}

/// A duration in whole microseconds.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
