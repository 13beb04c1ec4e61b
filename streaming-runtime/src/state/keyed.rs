//! The one shape of every operator behind an exchange.

use super::combine::{Combine, Marked};
use super::layout::{Hole, Part, described};
use super::table::{Entry, Table};
use super::{State, Store};
use crate::checkpoint::Described;
use crate::key::OwnedKey;
use crate::task::{Arrival, Order};
use crate::time::{INPUTS, Slicing, Watermarks};

/// The moment a batch closes.
#[derive(Debug, Clone, Copy)]
pub struct Close {
    /// The watermark above the operator when the batch began.
    pub before: i64,
    /// The watermark above the operator: of the slowest input.
    pub watermark: i64,
    /// The watermark above each input.
    pub(crate) inputs: Watermarks,
    /// The batch's time, epoch milliseconds.
    pub batch_time: i64,
}

/// When a key partition has something to do although nothing comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    /// When the watermark of an input is there.
    pub(crate) event: [Option<i64>; INPUTS],
    /// When the batch time is there. It does not wait for input.
    pub batch: Option<i64>,
    /// When the batch time is there and keys may be forgotten. Nobody sees that: it waits for a batch that comes anyway.
    pub(crate) ends: Option<i64>,
}

impl Due {
    /// When the watermark is at `event`, for an operator with one input.
    pub(crate) fn at_event(event: Option<i64>) -> Self {
        Self::at_events([event, None])
    }

    /// When the watermark of each input is at `event`.
    pub(crate) fn at_events(event: [Option<i64>; INPUTS]) -> Self {
        Self {
            event,
            ..Self::default()
        }
    }

    /// When the batch time is `batch`.
    pub(crate) fn at_batch(batch: Option<i64>) -> Self {
        Self {
            batch,
            ..Self::default()
        }
    }

    /// When keys may be forgotten.
    pub(crate) fn at_end(ends: Option<i64>) -> Self {
        Self {
            ends,
            ..Self::default()
        }
    }

    /// The earlier of both.
    #[must_use]
    pub(crate) fn or(self, other: Self) -> Self {
        let earlier = |one: Option<i64>, other: Option<i64>| one.into_iter().chain(other).min();
        Self {
            event: std::array::from_fn(|input| earlier(self.event[input], other.event[input])),
            batch: earlier(self.batch, other.batch),
            ends: earlier(self.ends, other.ends),
        }
    }

    /// Whether it is time.
    pub(crate) fn is(self, close: Close) -> bool {
        let passed = |(due, watermark): (&Option<i64>, &i64)| due.is_some_and(|due| due <= *watermark);
        let mut by_batch = self.batch.into_iter().chain(self.ends);
        self.event.iter().zip(&close.inputs).any(passed) || by_batch.any(|due| due <= close.batch_time)
    }
}

/// What one operator has in one key partition between batches.
pub struct Rest<K, H, I> {
    /// Entries by slice and key: what a checkpoint keeps.
    pub(crate) store: Store<K, H>,
    /// What follows from the entries: made anew when they come back from a checkpoint.
    pub(crate) index: I,
}

opaque_debug!([K, H, I] Rest<K, H, I>);

impl<K, H, I: Default> Default for Rest<K, H, I> {
    fn default() -> Self {
        Self {
            store: Store::default(),
            index: I::default(),
        }
    }
}

/// What an operator keeps beside its entries: deadlines, or results that would cost much to compute again.
pub trait Index: Default + Send {
    /// The batch is decided.
    fn commit(&mut self) {}
    /// The batch did not happen.
    fn abort(&mut self) {}
}

impl Index for () {}

/// What the entries of an operator are made of.
#[derive(Debug)]
pub struct Layout(pub(crate) Described);

/// What came for a key partition in a batch, slice by slice, each slice once and each of its keys.
pub type Came<K, M, P> = [(i64, Table<K, Marked<M, P>>)];

/// The [`Rest`] of an operator.
pub type RestOf<Op> = Rest<<Op as Keyed>::Key, <Op as Keyed>::Held, <Op as Keyed>::Index>;

/// What came for an operator.
pub type CameTo<Op> = Came<<Op as Keyed>::Key, <<Op as Keyed>::Slicing as Slicing>::Mark, <Op as Keyed>::Part>;

/// An operator behind an exchange.
///
/// The exchange brings parts, combined by slice and key. The operator brings them into its store, and emits what becomes visible: nothing that
/// is emitted need be what rests.
///
/// What a batch costs must be in proportion to what it changes: an operator reads and writes entries of the keys that came, or that
/// its index says are due.
pub trait Keyed: Send + Sync + 'static {
    /// By what records are grouped.
    type Key: OwnedKey;
    /// What crosses the exchange.
    type Part: Send + 'static;
    /// How two parts of a key become one on the way.
    type Combine: Combine<Self::Part> + 'static;
    /// How event time is cut.
    type Slicing: Slicing;
    /// What rests for a slice and key.
    type Held: State;
    /// What is kept beside.
    type Index: Index + 'static;
    /// What a result says of its key: the key itself, or nothing.
    type Group: Send;
    /// What comes with a result: the window, where there is one.
    type Context: Copy + Send;
    /// A result.
    type Value;
    /// Whether anything outlasts the batch.
    const KEEPS: bool = true;
    /// Whether what a batch leaves for an entry is only what it added.
    const GROWS: bool = false;

    /// Brings what came into state, and emits. The tables are left empty.
    fn pass(
        &self,
        combine: &Self::Combine,
        rest: &mut RestOf<Self>,
        came: &mut CameTo<Self>,
        close: Close,
        emit: impl FnMut(Self::Context, Entry<Self::Group, Self::Value>),
    ) where
        Self: Sized;

    /// Takes in what a batch left for an entry that was there. Runs after the batch is decided: it cannot fail.
    fn settle(&self, combine: &Self::Combine, held: &mut Self::Held, revised: Self::Held) {
        let _ = combine;
        *held = revised;
    }

    /// Makes the index of entries that came back.
    fn rebuild(&self, rest: &mut RestOf<Self>)
    where
        Self: Sized,
    {
        let _ = rest;
    }

    /// Whether it can go on with the entries that came back, and if not, why.
    fn accept(&self, rest: &RestOf<Self>) -> Result<(), String>
    where
        Self: Sized,
    {
        let _ = rest;
        Ok(())
    }

    /// When it has something to do although nothing comes, as of the last batch that was decided.
    fn due(&self, rest: &RestOf<Self>) -> Due
    where
        Self: Sized,
    {
        let _ = rest;
        Due::default()
    }

    /// What its entries mean beside their types, in words: entries of another shape are useless to it.
    fn shape(&self) -> String {
        String::new()
    }

    /// What its entries are made of.
    ///
    /// # Errors
    /// Why they cannot be kept in a checkpoint.
    fn layout(&self) -> Result<Layout, String> {
        let whole = vec![Part::whole::<Self::Held>()];
        Ok(Layout(described::<Self::Key, Hole>(&self.shape(), whole, true)?))
    }

    /// The event time of a result, 0 where it has none: results are put in order by it.
    fn time_of(context: Self::Context) -> i64 {
        let _ = context;
        0
    }

    /// The place of a result among others in the order of arrival.
    fn place_of(context: Self::Context, hash: u64) -> Arrival {
        Order::of_result(Self::time_of(context), hash)
    }
}
