//! The exchange: every worker combines into tables of its own, by slice, key partition and key; the close hands them on.

use std::sync::{Arc, Mutex, OnceLock};

pub use super::combine::{Append, Combine, Marked, Merge, Reduce};
pub use super::join::{Keep, Kept};
pub use super::local::{Local, Place};
use super::partition::Spare;
use crate::key::OwnedKey;
use crate::outlet::Outlet;
use crate::task::Tag;
use crate::time::{Clock, INPUTS, Slicing, Watermarks, Whole, Within, watermark, watermark_at_start};

/// Where a stage sends keyed records: combined on the way, owned by key.
///
/// `C` combines two parts of the same key; it is set once, before the pipeline runs. `G` cuts event time into slices.
pub struct Exchange<K, P, C, G: Slicing> {
    slicing: G,
    /// The clocks above each input.
    clocks: [Vec<Arc<Clock>>; INPUTS],
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
        Self::between(slicing, [clocks; INPUTS])
    }

    fn between(slicing: G, clocks: [&[&Arc<Clock>]; INPUTS]) -> Arc<Self> {
        Arc::new(Self {
            slicing,
            clocks: clocks.map(|clocks| clocks.iter().map(|clock| Arc::clone(clock)).collect()),
            combine: OnceLock::new(),
            inbox: Mutex::default(),
            spare: Arc::default(),
        })
    }

    pub(crate) fn slicing(&self) -> G {
        self.slicing
    }

    /// The watermark of each input, as of the last close.
    pub(crate) fn watermarks(&self) -> Watermarks {
        self.clocks.each_ref().map(|clocks| watermark(clocks))
    }

    /// The watermark of each input when the batch began.
    pub(crate) fn watermarks_before(&self) -> Watermarks {
        self.clocks.each_ref().map(|clocks| watermark_at_start(clocks))
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

impl<K, A: Send, B: Send> Exchange<K, Kept<A, B>, Keep, Within> {
    /// An exchange for `.join(…)`, under the watermarks of the clocks above each side.
    #[must_use]
    pub fn joined(within: Within, left: &[&Arc<Clock>], right: &[&Arc<Clock>]) -> Arc<Self> {
        let exchange = Self::between(within, [left, right]);
        exchange.combine_with(Keep);
        exchange
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
            self.watermarks_before(),
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
