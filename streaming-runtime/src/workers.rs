//! Who does the work: a rayon pool, or the calling thread alone.

use rayon::prelude::*;

/// Runs independent pieces of work.
#[derive(Debug)]
pub(crate) enum Workers {
    /// On the calling thread, in order: the test driver.
    Inline,
    /// In parallel.
    Pool(rayon::ThreadPool),
}

impl Workers {
    pub(crate) fn pool(threads: usize) -> Result<Self, String> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|n| format!("stream-worker-{n}"))
            .build()
            .map(Self::Pool)
            .map_err(|e| format!("cannot start {threads} worker threads: {e}"))
    }

    pub(crate) fn map<T: Send, R: Send>(&self, items: Vec<T>, f: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
        match self {
            Self::Pool(pool) if items.len() > 1 => pool.install(|| items.into_par_iter().map(f).collect()),
            _ => items.into_iter().map(f).collect(),
        }
    }
}
