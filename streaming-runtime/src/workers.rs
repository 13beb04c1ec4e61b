//! Who does the work: a rayon pool, or the calling thread alone.

use rayon::prelude::*;

/// Work on fewer rows than this is done before another thread has woken up.
const WORTH_A_FORK: u64 = 4096;

/// Runs of tasks per thread: enough to even out runs of unequal size.
const RUNS_PER_THREAD: usize = 4;

static INLINE: Workers = Workers::Inline;

/// Runs independent pieces of work.
#[derive(Debug)]
pub(crate) enum Workers {
    /// On the calling thread, in order: the test driver, and whatever is too small to share.
    Inline,
    /// In parallel.
    Pool(rayon::ThreadPool),
}

impl Workers {
    pub(crate) fn pool(threads: Option<usize>) -> Result<Self, String> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.unwrap_or(0))
            .thread_name(|n| format!("stream-worker-{n}"))
            .build()
            .map(Self::Pool)
            .map_err(|error| format!("cannot start the worker threads: {error}"))
    }

    pub(crate) fn threads(&self) -> usize {
        match self {
            Self::Inline => 1,
            Self::Pool(pool) => pool.current_num_threads(),
        }
    }

    /// These workers, or the calling thread where so few rows are not worth a fork.
    pub(crate) fn for_rows(&self, rows: u64) -> &Self {
        if rows < WORTH_A_FORK { &INLINE } else { self }
    }

    /// Starts a piece of work and returns at once; inline, does it first.
    pub(crate) fn spawn(&self, work: impl FnOnce() + Send + 'static) {
        match self {
            Self::Inline => work(),
            Self::Pool(pool) => pool.spawn(work),
        }
    }

    /// Does `f` to every item.
    pub(crate) fn map<T: Send, R: Send>(&self, items: Vec<T>, f: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
        match self {
            Self::Pool(pool) if items.len() > 1 => pool.install(|| items.into_par_iter().map(f).collect()),
            _ => items.into_iter().map(f).collect(),
        }
    }

    /// Does `f` to runs of items: all of them in one run inline, a few runs per thread in parallel.
    pub(crate) fn map_runs<T: Send, R: Send>(
        &self,
        mut items: Vec<T>,
        f: impl Fn(Vec<T>) -> R + Sync + Send,
    ) -> Vec<R> {
        if items.is_empty() {
            return Vec::new();
        }
        let Self::Pool(pool) = self else { return vec![f(items)] };
        let length = items.len().div_ceil(pool.current_num_threads() * RUNS_PER_THREAD);
        let mut runs = Vec::new();
        while items.len() > length {
            runs.push(items.split_off(items.len() - length));
        }
        runs.push(items);
        self.map(runs, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_hold_every_item_once() {
        let pool = Workers::pool(Some(2)).unwrap();
        for len in [0, 1, 7, 8, 9, 64, 100] {
            let mut items: Vec<usize> = pool
                .map_runs((0..len).collect(), |run| run)
                .into_iter()
                .flatten()
                .collect();
            items.sort_unstable();
            assert_eq!(items, (0..len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn small_work_stays_on_the_calling_thread() {
        let pool = Workers::pool(Some(2)).unwrap();
        assert_eq!((pool.for_rows(10).threads(), pool.for_rows(1 << 20).threads()), (1, 2));
    }
}
