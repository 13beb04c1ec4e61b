use super::State;
use super::layout::Part;

/// A state of which a batch makes a revision, that is taken in when the batch is decided.
///
/// What a batch costs must not depend on how much rests for a key: a list of a million values to which a batch adds one is not copied, and not
/// written to the journal. So the revision of a list holds what was added, and of everything else the new value.
pub trait Revise: State {
    /// Whether a revision is only a part of the new state.
    const GROWS: bool = false;
    /// Whether it has no result before a record has come.
    const NEEDS_RECORD: bool = false;
    /// Adds its parts to `found`: what a checkpoint keeps of it by itself.
    fn parts(found: &mut Vec<Part>) {
        found.push(Part::whole::<Self>());
    }
    /// What a batch adds to, that begins with this state.
    #[must_use]
    fn revise(&self) -> Self {
        self.clone()
    }
    /// Takes in a revision of this state. Runs after the batch is decided: it cannot fail.
    fn settle(&mut self, revised: Self) {
        *self = revised;
    }
}

impl Revise for () {
    fn parts(_: &mut Vec<Part>) {}
}

/// Accumulators, one behind the other.
impl<A: Revise + Default, B: Revise> Revise for (A, B) {
    const GROWS: bool = A::GROWS || B::GROWS;
    fn parts(found: &mut Vec<Part>) {
        found.push(Part::accumulator::<A>());
        B::parts(found);
    }
    fn revise(&self) -> Self {
        (self.0.revise(), self.1.revise())
    }
    fn settle(&mut self, revised: Self) {
        self.0.settle(revised.0);
        self.1.settle(revised.1);
    }
}

/// The record that `.reduce(f)` has made so far.
impl<T: State> Revise for Option<T> {}
