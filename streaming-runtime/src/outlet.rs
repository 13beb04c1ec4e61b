//! Outlets: what a stage body may write to.
//!
//! A stage's outlets are a list of pairs `(a, (b, ()))`. Every worker opens its own local half, so that writing takes no
//! lock; when the batch closes, the locals are given back and wait for the stage downstream.

use crate::task::Tag;

/// One thing a stage writes to: an exchange, a sink, rows for another stage, a clock.
pub trait Outlet: Send + Sync {
    /// What one worker writes to, without any lock.
    type Local: Send;

    /// What was written for one chunk can be taken back alone. What is combined with that of other chunks cannot.
    const SEPARATE: bool;

    /// A fresh local for one worker and batch.
    fn open(&self) -> Self::Local;

    /// Marks the end of one chunk: what was written since the last mark came from `tag`.
    fn end_chunk(&self, local: &mut Self::Local, tag: Tag);

    /// Takes back what was written since the last mark, where that is [separate](Self::SEPARATE): a task has failed and is tried again.
    fn undo_chunk(&self, local: &mut Self::Local);

    /// Takes a worker's local when the batch closes.
    fn give_back(&self, local: Self::Local);

    /// Drops whatever was given back: the batch failed.
    fn discard(&self);
}

impl Outlet for () {
    type Local = ();
    const SEPARATE: bool = true;
    fn open(&self) {}
    fn end_chunk(&self, (): &mut (), _: Tag) {}
    fn undo_chunk(&self, (): &mut ()) {}
    fn give_back(&self, (): ()) {}
    fn discard(&self) {}
}

impl<A: Outlet, B: Outlet> Outlet for (A, B) {
    type Local = (A::Local, B::Local);
    const SEPARATE: bool = A::SEPARATE && B::SEPARATE;
    fn open(&self) -> Self::Local {
        (self.0.open(), self.1.open())
    }
    fn end_chunk(&self, local: &mut Self::Local, tag: Tag) {
        self.0.end_chunk(&mut local.0, tag);
        self.1.end_chunk(&mut local.1, tag);
    }
    fn undo_chunk(&self, local: &mut Self::Local) {
        self.0.undo_chunk(&mut local.0);
        self.1.undo_chunk(&mut local.1);
    }
    fn give_back(&self, local: Self::Local) {
        self.0.give_back(local.0);
        self.1.give_back(local.1);
    }
    fn discard(&self) {
        self.0.discard();
        self.1.discard();
    }
}

impl<T: Outlet> Outlet for std::sync::Arc<T> {
    type Local = T::Local;
    const SEPARATE: bool = T::SEPARATE;
    fn open(&self) -> Self::Local {
        (**self).open()
    }
    fn end_chunk(&self, local: &mut Self::Local, tag: Tag) {
        (**self).end_chunk(local, tag);
    }
    fn undo_chunk(&self, local: &mut Self::Local) {
        (**self).undo_chunk(local);
    }
    fn give_back(&self, local: Self::Local) {
        (**self).give_back(local);
    }
    fn discard(&self) {
        (**self).discard();
    }
}
