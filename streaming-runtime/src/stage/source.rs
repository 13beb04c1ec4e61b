use std::sync::Mutex;

use super::{Failure, run_task};
use crate::outlet::Outlet;
use crate::progress::Counts;
use crate::source::Source;
use crate::task::{Tag, Task};

/// A source and the fused loop behind it: run for every chunk, as it arrives.
pub struct SourceStage<S, O: Outlet, F> {
    pub(crate) source: Mutex<Option<S>>,
    outlets: O,
    body: F,
    locals: Mutex<Vec<O::Local>>,
}

opaque_debug!([S, O: Outlet, F] SourceStage<S, O, F>);

impl<S, O, F> SourceStage<S, O, F>
where
    S: Source,
    O: Outlet,
    F: for<'c> Fn(&'c S::Chunk, &mut Task, &mut O::Local) + Send + Sync,
{
    /// A stage that runs `body` over every chunk of `source`.
    pub fn new(source: S, outlets: O, body: F) -> Self {
        Self {
            source: Mutex::new(Some(source)),
            outlets,
            body,
            locals: Mutex::default(),
        }
    }

    /// Works on one chunk, on whatever worker calls.
    pub(crate) fn run(&self, batch: u64, operators: usize, tag: Tag, chunk: &S::Chunk) -> Result<Counts, Failure> {
        let free = self.locals.lock().expect("no panic while locked").pop();
        let mut local = free.unwrap_or_else(|| self.outlets.open());
        let result = run_task(Task::new(batch, tag, operators), |task| {
            (self.body)(chunk, task, &mut local)
        });
        self.outlets.end_chunk(&mut local, tag);
        self.locals.lock().expect("no panic while locked").push(local);
        result
    }

    /// Hands what the workers gathered to the stages downstream.
    pub(crate) fn finish(&self) {
        for local in self.locals.lock().expect("no panic while locked").drain(..) {
            self.outlets.give_back(local);
        }
    }

    /// Drops what the workers gathered: the batch is given up.
    pub(crate) fn discard(&self) {
        self.locals.lock().expect("no panic while locked").clear();
        self.outlets.discard();
    }
}
