//! Who does the work: a rayon pool, or the calling thread alone.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    pub(crate) fn map<T: Send, R: Send>(&self, items: Vec<T>, f: impl Fn(T) -> R + Sync) -> Vec<R> {
        match self {
            Self::Pool(pool) if items.len() > 1 => {
                let mut places = Vec::with_capacity(items.len());
                for item in items {
                    places.push(Mutex::new(Place::Item(item)));
                }
                share(pool, places.len(), |at| {
                    let put = |now| std::mem::replace(&mut *places[at].lock().expect("no panic while locked"), now);
                    let item = put(Place::Taken);
                    if let Place::Item(item) = item {
                        put(Place::Result(f(item)));
                    }
                });
                let mut results = Vec::with_capacity(places.len());
                for place in places {
                    if let Some(result) = Place::into_result(place) {
                        results.push(result);
                    }
                }
                results
            }
            _ => {
                let mut results = Vec::with_capacity(items.len());
                for item in items {
                    results.push(f(item));
                }
                results
            }
        }
    }

    /// Does `f` to runs of items: all of them in one run inline, a few runs per thread in parallel.
    pub(crate) fn map_runs<T: Send, R: Send>(&self, mut items: Vec<T>, f: impl Fn(Vec<T>) -> R + Sync) -> Vec<R> {
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

/// What a piece of work is made of, and becomes.
enum Place<T, R> {
    Item(T),
    Taken,
    Result(R),
}

impl<T, R> Place<T, R> {
    fn into_result(place: Mutex<Self>) -> Option<R> {
        match place.into_inner().expect("no panic while locked") {
            Self::Result(result) => Some(result),
            // Its work has panicked, and the panic goes on from `share`.
            Self::Item(_) | Self::Taken => None,
        }
    }
}

/// Does `work` with every number below `count`, shared out to the threads of a pool.
///
/// Rayon's parallel iterators would do the same, but they are many functions, compiled for every closure in every crate that runs a pipeline.
fn share(pool: &rayon::ThreadPool, count: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let all = || {
        loop {
            match next.fetch_add(1, Ordering::Relaxed) {
                at if at < count => work(at),
                _ => return,
            }
        }
    };
    let all = &all;
    pool.in_place_scope(|scope| {
        for _ in 0..count.min(pool.current_num_threads()) {
            scope.spawn(move |_| all());
        }
    });
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
    fn results_come_in_the_order_of_the_items() {
        let pool = Workers::pool(Some(3)).unwrap();
        for len in [0, 1, 2, 3, 100] {
            let doubled = pool.map((0..len).collect(), |n: usize| {
                if n.is_multiple_of(7) {
                    std::thread::yield_now();
                }
                n * 2
            });
            assert_eq!(doubled, (0..len).map(|n| n * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    #[should_panic(expected = "not this one")]
    fn a_panic_goes_on() {
        let pool = Workers::pool(Some(2)).unwrap();
        pool.map((0..9).collect(), |n: usize| assert_ne!(n, 5, "not this one"));
    }

    #[test]
    fn small_work_stays_on_the_calling_thread() {
        let pool = Workers::pool(Some(2)).unwrap();
        assert_eq!((pool.for_rows(10).threads(), pool.for_rows(1 << 20).threads()), (1, 2));
    }
}
