use crate::key::OwnedKey;
use crate::state::combine::Marked;
use crate::state::table::Table;
use crate::state::{Fold, State};

/// A fold whose states rest as the parts come, with an empty mark: so a table of parts is a table of states where the parts are the states.
pub(super) struct Bare<'f, F>(pub(super) &'f F);

impl<P, F: Fold<P>> Fold<Marked<(), P>> for Bare<'_, F> {
    type State = Marked<(), F::State>;
    const GROWS: bool = F::GROWS;
    #[inline]
    fn start(&self, part: Marked<(), P>) -> Self::State {
        bare(self.0.start(part.part))
    }
    #[inline]
    fn apply(&self, state: &mut Self::State, part: Marked<(), P>) {
        self.0.apply(&mut state.part, part.part);
    }
    const MERGES: bool = F::MERGES;
    fn merge(&self, state: &mut Self::State, other: Self::State) {
        self.0.merge(&mut state.part, other.part);
    }
    fn start_all<K: OwnedKey>(&self, parts: &mut Table<K, Marked<(), P>>) -> Table<K, Self::State> {
        self.0.start_bare(parts)
    }
    fn revise(&self, state: &Self::State) -> Self::State {
        bare(self.0.revise(&state.part))
    }
    fn settle(&self, state: &mut Self::State, revised: Self::State) {
        self.0.settle(&mut state.part, revised.part);
    }
}

fn bare<S: State>(part: S) -> Marked<(), S> {
    Marked { mark: (), part }
}
