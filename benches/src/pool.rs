//! The threads of a hand-written loop.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// A rayon pool of a given size. With one thread, work runs on the caller's thread without any hand-over.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) threads: usize,
    pub(crate) rayon: ThreadPool,
}

impl Pool {
    pub(crate) fn new(threads: usize) -> Self {
        let rayon = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads can be started");
        Self { threads, rayon }
    }

    /// Works on the pieces `0..pieces`: every thread starts a local value and takes piece after piece until none is
    /// left. Returns the locals, one per thread.
    pub(crate) fn pieces<L: Send>(
        &self,
        pieces: usize,
        start: impl FnMut() -> L,
        work: impl Fn(&mut L, usize) + Sync,
    ) -> Vec<L> {
        let mut locals: Vec<L> = std::iter::repeat_with(start).take(self.threads).collect();
        self.go_on(&mut locals, pieces, work);
        locals
    }

    /// The same with locals that are there already, one per thread.
    pub(crate) fn go_on<L: Send>(&self, locals: &mut [L], pieces: usize, work: impl Fn(&mut L, usize) + Sync) {
        let next = AtomicUsize::new(0);
        let run = |local: &mut L| {
            loop {
                let piece = next.fetch_add(1, Ordering::Relaxed);
                if piece >= pieces {
                    return;
                }
                work(local, piece);
            }
        };
        if let [local] = locals {
            run(local);
        } else {
            self.rayon
                .scope(|scope| locals.iter_mut().for_each(|local| scope.spawn(|_| run(local))));
        }
    }

    /// Maps the pieces `0..pieces` to one output each, in order.
    pub(crate) fn map<R: Send>(&self, pieces: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
        let locals = self.pieces(pieces, Vec::new, |local, piece| local.push((piece, work(piece))));
        let mut outputs: Vec<_> = locals.into_iter().flatten().collect();
        outputs.sort_unstable_by_key(|(piece, _)| *piece);
        outputs.into_iter().map(|(_, output)| output).collect()
    }
}
