use super::{RestIn, Scope};
use crate::key::OwnedKey;
use crate::state::keyed::{Came, Close};
use crate::state::table::Entry;
use crate::state::{Fold, State};
use crate::time::Whole;

/// `.batch()`: this micro-batch alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Batch;

impl Scope for Batch {
    type Slicing = Whole;
    type Window = ();
    type Held<S: State> = S;
    type Index<K: OwnedKey, S: State> = ();
    const KEEPS: bool = false;

    fn pass<K, P, F>(
        &self,
        _: &mut RestIn<Self, K, F::State>,
        came: &mut Came<K, (), P>,
        fold: &F,
        _: Close,
        mut emit: impl FnMut((), Entry<K, F::State>),
    ) where
        K: OwnedKey,
        P: Send,
        F: Fold<P>,
    {
        for (_, parts) in came {
            for Entry { hash, key, value } in parts.drain() {
                let value = fold.start(value.part);
                emit((), Entry { hash, key, value });
            }
        }
    }
}
