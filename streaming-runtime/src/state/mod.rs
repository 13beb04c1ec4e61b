//! Keyed state: what every operator behind an exchange is made of.
//!
//! An operator is a [`Keyed`](keyed::Keyed): it is given what came for a key partition in a batch, and the [`Rest`](keyed::Rest) of the
//! partition, and emits. Aggregates over windows are [`Scope`](scope::Scope)s, one file each; closures over state and timers are
//! a [`Handler`](handler::Handler). The store of a partition is owned by one task at a time; a batch's changes go into an overlay, which is taken over
//! (`Store::commit`) when the batch is decided and dropped (`Store::abort`) when it is aborted.

pub mod aggregate;
mod combine;
pub mod deadlines;
pub mod exchange;
pub mod fold;
pub mod handler;
pub mod join;
pub mod keyed;
pub mod layout;
mod local;
pub(crate) mod partition;
pub(crate) mod refill;
mod revise;
pub mod scope;
mod store;
pub(crate) mod table;
mod trace;

pub use revise::Revise;
pub(crate) use store::Store;

use serde::{Serialize, de::DeserializeOwned};

use self::combine::Marked;
use self::table::Table;
use crate::key::OwnedKey;

/// A value that rests in state: aggregated, merged, written to checkpoints.
///
/// Implemented for every type that has the parts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot rest in state",
    label = "not `Clone + Send + Sync + Serialize + Deserialize`, or it borrows from the record",
    note = "derive `Clone`, `Serialize` and `Deserialize` for it, and return an owned value"
)]
pub trait State: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static> State for T {}

/// How what came over the exchange (`P`) becomes state.
pub trait Fold<P>: Send + Sync {
    /// What rests in state.
    type State: State;
    /// See [`Revise::GROWS`].
    const GROWS: bool = false;
    /// The state of a key that was not there.
    fn start(&self, part: P) -> Self::State;
    /// Adds to the state of a key that was there.
    fn apply(&self, state: &mut Self::State, part: P);
    /// Whether two states of a key can be [merged](Self::merge): windows that overlap or grow together need it.
    const MERGES: bool = true;
    /// Adds another state of the key, of records that came later.
    fn merge(&self, state: &mut Self::State, other: Self::State);
    /// The states of keys that were not there; `parts` is left empty.
    fn start_all<K: OwnedKey>(&self, parts: &mut Table<K, P>) -> Table<K, Self::State> {
        parts.map(|part| self.start(part))
    }
    /// The same where parts and states come with an empty mark.
    fn start_bare<K: OwnedKey>(&self, parts: &mut Table<K, Marked<(), P>>) -> Table<K, Marked<(), Self::State>> {
        parts.map(|marked| Marked {
            mark: (),
            part: self.start(marked.part),
        })
    }
    /// See [`Revise::revise`].
    fn revise(&self, state: &Self::State) -> Self::State {
        state.clone()
    }
    /// See [`Revise::settle`].
    fn settle(&self, state: &mut Self::State, revised: Self::State) {
        *state = revised;
    }
}
