//! The exchange: every worker combines into tables of its own, by slice, key partition and key; the close hands them on.

use std::sync::{Arc, Mutex, OnceLock};

pub use super::combine::{Append, Combine, Marked, Merge, Reduce};
pub use super::local::{Local, Place};
use super::partition::Spare;
use crate::key::OwnedKey;
use crate::outlet::Outlet;
use crate::task::Tag;
use crate::time::{Clock, Slicing, Whole, watermark, watermark_at_start};

/// Where a stage sends keyed records: combined on the way, owned by key.
///
/// `C` combines two parts of the same key; it is set once, before the pipeline runs. `G` cuts event time into slices.
pub struct Exchange<K, P, C, G: Slicing> {
    slicing: G,
    clocks: Vec<Arc<Clock>>,
    combine: OnceLock<Arc<C>>,
    inbox: Mutex<Vec<Local<K, P, C, G>>>,
    spare: Arc<Spare<K, Marked<G::Mark, P>>>,
}

opaque_debug!([K, P, C, G: Slicing] Exchange<K, P, C, G>);

impl<K, P, C> Exchange<K, P, C, Whole> {
    /// An exchange for `.batch()` and `.running(…)`.
    #[must_use]
    pub fn plain() -> Arc<Self> {
        Self::windowed(Whole, &[])
    }

    /// An exchange for what looks at the watermark of these clocks, and is not cut into slices.
    #[must_use]
    pub fn timed(clocks: &[&Arc<Clock>]) -> Arc<Self> {
        Self::windowed(Whole, clocks)
    }
}

impl<K, P, C, G: Slicing> Exchange<K, P, C, G> {
    /// An exchange for what is cut into slices of event time, under the watermark of these clocks.
    #[must_use]
    pub fn windowed(slicing: G, clocks: &[&Arc<Clock>]) -> Arc<Self> {
        Arc::new(Self {
            slicing,
            clocks: clocks.iter().map(|c| Arc::clone(c)).collect(),
            combine: OnceLock::new(),
            inbox: Mutex::default(),
            spare: Arc::default(),
        })
    }

    /// The watermark of the clocks above, as of the last close.
    pub(crate) fn watermark(&self) -> i64 {
        watermark(&self.clocks)
    }

    /// The watermark of the clocks above when the batch began.
    pub(crate) fn watermark_before(&self) -> i64 {
        watermark_at_start(&self.clocks)
    }

    pub(crate) fn take(&self) -> Vec<Local<K, P, C, G>> {
        std::mem::take(&mut self.inbox.lock().expect("no panic while locked"))
    }

    /// The tables that batches use again.
    pub(crate) fn spare(&self) -> &Spare<K, Marked<G::Mark, P>> {
        &self.spare
    }

    fn combine_shared(&self) -> &Arc<C> {
        self.combine
            .get()
            .expect("the way to combine is set before the pipeline runs")
    }
}

impl<K, P, C: Combine<P>, G: Slicing> Exchange<K, P, C, G> {
    /// Says how two parts of the same key become one.
    pub fn combine_with(&self, combine: C) {
        assert!(
            self.combine.set(Arc::new(combine)).is_ok(),
            "an exchange has one way to combine"
        );
    }

    pub(crate) fn combine(&self) -> &C {
        self.combine_shared()
    }
}

impl<K, T, F: Fn(T, T) -> T + Send + Sync, G: Slicing> Exchange<K, Option<T>, Reduce<F>, G> {
    /// Says how `.reduce(f)` makes one record of two.
    pub fn reduce_with(&self, f: F) {
        self.combine_with(Reduce(f));
    }
}

impl<K, P, C, G> Outlet for Exchange<K, P, C, G>
where
    K: OwnedKey,
    P: Send,
    C: Combine<P>,
    G: Slicing,
{
    type Local = Local<K, P, C, G>;
    const SEPARATE: bool = false;

    fn open(&self) -> Local<K, P, C, G> {
        Local::new(
            self.slicing,
            watermark_at_start(&self.clocks),
            Arc::clone(&self.spare),
            Arc::clone(self.combine_shared()),
        )
    }

    fn end_chunk(&self, _: &mut Local<K, P, C, G>, _: Tag) {}

    fn undo_chunk(&self, _: &mut Local<K, P, C, G>) {
        unreachable!("what is combined is not separate")
    }

    fn give_back(&self, local: Local<K, P, C, G>) {
        self.inbox.lock().expect("no panic while locked").push(local);
    }

    fn discard(&self) {
        self.inbox.lock().expect("no panic while locked").clear();
    }
}
