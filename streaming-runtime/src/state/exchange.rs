//! The exchange: every worker combines into tables of its own, by slice, key partition and key; the close hands them on.

use std::sync::{Arc, Mutex, OnceLock};

pub use super::combine::{Append, Combine, Merge, Reduce};
pub use super::local::{Local, Place};
use super::partition::Spare;
use crate::key::OwnedKey;
use crate::outlet::Outlet;
use crate::task::Tag;
use crate::time::{Clock, Tumbling, watermark, watermark_at_start};

/// Where a stage sends keyed records: combined on the way, owned by key.
///
/// `C` combines two parts of the same key; it is set once, before the pipeline runs.
pub struct Exchange<K, P, C> {
    window: Option<Tumbling>,
    clocks: Vec<Arc<Clock>>,
    combine: OnceLock<Arc<C>>,
    inbox: Mutex<Vec<Local<K, P, C>>>,
    spare: Arc<Spare<K, P>>,
}

opaque_debug!([K, P, C] Exchange<K, P, C>);

impl<K, P, C> Exchange<K, P, C> {
    /// An exchange for `.batch()` and `.running(…)`.
    #[must_use]
    pub fn plain() -> Arc<Self> {
        Self::of(None, Vec::new())
    }

    /// An exchange for `.window(…)`, under the watermark of these clocks.
    #[must_use]
    pub fn windowed(window: Tumbling, clocks: &[&Arc<Clock>]) -> Arc<Self> {
        Self::of(Some(window), clocks.iter().map(|c| Arc::clone(c)).collect())
    }

    fn of(window: Option<Tumbling>, clocks: Vec<Arc<Clock>>) -> Arc<Self> {
        Arc::new(Self {
            window,
            clocks,
            combine: OnceLock::new(),
            inbox: Mutex::default(),
            spare: Arc::default(),
        })
    }

    /// The watermark of the clocks above, as of the last close.
    pub(crate) fn watermark(&self) -> i64 {
        watermark(&self.clocks)
    }

    pub(crate) fn take(&self) -> Vec<Local<K, P, C>> {
        std::mem::take(&mut self.inbox.lock().expect("no panic while locked"))
    }

    /// The tables that batches use again.
    pub(crate) fn spare(&self) -> &Spare<K, P> {
        &self.spare
    }

    fn combine_shared(&self) -> &Arc<C> {
        self.combine
            .get()
            .expect("the way to combine is set before the pipeline runs")
    }
}

impl<K, P, C: Combine<P>> Exchange<K, P, C> {
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

impl<K, T, F: Fn(T, T) -> T + Send + Sync> Exchange<K, Option<T>, Reduce<F>> {
    /// Says how `.reduce(f)` makes one record of two.
    pub fn reduce_with(&self, f: F) {
        self.combine_with(Reduce(f));
    }
}

impl<K, P, C> Outlet for Exchange<K, P, C>
where
    K: OwnedKey,
    P: Send,
    C: Combine<P>,
{
    type Local = Local<K, P, C>;

    fn open(&self) -> Local<K, P, C> {
        Local::new(
            self.window,
            watermark_at_start(&self.clocks),
            Arc::clone(&self.spare),
            Arc::clone(self.combine_shared()),
        )
    }

    fn end_chunk(&self, _: &mut Local<K, P, C>, _: Tag) {}

    fn give_back(&self, local: Local<K, P, C>) {
        self.inbox.lock().expect("no panic while locked").push(local);
    }

    fn discard(&self) {
        self.inbox.lock().expect("no panic while locked").clear();
    }
}
