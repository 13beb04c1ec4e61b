//! Keyed state: one `Store` per operator and key partition, owned by one task at a time.
//!
//! A batch's changes go into an overlay; the base is untouched until the batch is decided (`Store::commit`) and as it was
//! when the batch is given up (`Store::abort`).

mod combine;
pub mod exchange;
pub(crate) mod fingerprint;
pub mod fold;
mod local;
pub(crate) mod partition;
pub(crate) mod refill;
pub mod scope;
mod store;
pub(crate) mod table;

pub(crate) use store::Store;

use serde::{Serialize, de::DeserializeOwned};

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
    /// The state of a key that was not there.
    fn start(&self, part: P) -> Self::State;
    /// Adds to the state of a key that was there.
    fn apply(&self, state: &mut Self::State, part: P);
    /// The states of keys that were not there; `parts` is left empty.
    fn start_all<K: OwnedKey>(&self, parts: &mut Table<K, P>) -> Table<K, Self::State> {
        parts.map(|part| self.start(part))
    }
}
