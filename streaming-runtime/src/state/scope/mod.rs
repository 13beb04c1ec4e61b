//! Scopes: over what an aggregate is, and so what becomes of its state when a batch closes. A file each.

mod batch;
mod marked;
mod panes;
mod running;
mod session;
mod sliding;
mod tumbling;

pub use batch::Batch;
pub use panes::Panes;
pub use running::{Running, Timed};
pub use session::Sessions;

use super::keyed::{Came, Close, Due, Index, Rest};
use super::table::Entry;
use super::{Fold, State};
use crate::key::OwnedKey;
use crate::time::{Slicing, span};

/// What an aggregate is over: this micro-batch, a window of event time, everything so far.
pub trait Scope: Send + Sync + 'static {
    /// How event time is cut.
    type Slicing: Slicing;
    /// What the finishing expression may ask for beside key and state.
    type Window: Copy + Send;
    /// State together with what the scope must remember of it.
    type Held<S: State>: State;
    /// What is kept beside the entries.
    type Index<K: OwnedKey, S: State>: Index + 'static;
    /// Whether anything outlasts the batch.
    const KEEPS: bool = true;
    /// Whether entries hold revisions where states grow.
    const REVISES: bool = false;
    /// Whether a result may come of a key for which no record came in the batch.
    const FIRES: bool = true;

    /// Brings what came in a batch for one key partition, slice by slice, into state, and emits what this close makes visible.
    /// The tables are left empty.
    fn pass<K, P, F>(
        &self,
        rest: &mut RestIn<Self, K, F::State>,
        came: &mut Came<K, MarkOf<Self>, P>,
        fold: &F,
        close: Close,
        emit: impl FnMut(Self::Window, Entry<K, F::State>),
    ) where
        Self: Sized,
        K: OwnedKey,
        P: Send,
        F: Fold<P>;

    /// Takes in what a batch left for an entry that was there.
    fn settle<S: State>(&self, held: &mut Self::Held<S>, revised: Self::Held<S>, settle: impl Fn(&mut S, S)) {
        let _ = settle;
        *held = revised;
    }

    /// Makes the index of entries that came back.
    fn rebuild<K: OwnedKey, S: State>(&self, rest: &mut RestIn<Self, K, S>)
    where
        Self: Sized,
    {
        let _ = rest;
    }

    /// When it has something to do although nothing comes.
    fn due<K: OwnedKey, S: State>(&self, rest: &RestIn<Self, K, S>) -> Due
    where
        Self: Sized,
    {
        let _ = rest;
        Due::default()
    }

    /// What makes state of one scope useless to another, in words.
    fn shape(&self) -> String {
        String::new()
    }

    /// End of the window, 0 where there is none.
    fn end_of(window: Self::Window) -> i64 {
        let _ = window;
        0
    }
}

/// What an aggregate has in one key partition.
pub type RestIn<Sc, K, S> = Rest<K, <Sc as Scope>::Held<S>, <Sc as Scope>::Index<K, S>>;

/// Windows that begin so many milliseconds after the epoch.
fn from(windows: String, offset: i64) -> String {
    match offset {
        0 => windows,
        offset => format!("{windows}, from {} after midnight of 1970-01-01", span(offset)),
    }
}

type MarkOf<Sc> = <<Sc as Scope>::Slicing as Slicing>::Mark;
