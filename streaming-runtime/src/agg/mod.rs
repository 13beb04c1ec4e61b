//! Accumulators: what every aggregate call of `.agg(…)` becomes, of one statically known type each.

mod basic;
mod call;
pub(crate) mod checked;
mod collect;
mod ordered;
mod rank;

pub use basic::{Avg, Count, Max, Min, Sum, SumValue};
pub use call::{avg, collect, count, count_distinct, first, last, max, min, sum, top};
pub use collect::{Collect, CountDistinct, Top};
pub use ordered::{First, Last};

/// What is kept for one aggregate of one key. Accumulators of two workers are merged in any order.
pub trait Accumulator: Send {
    /// Adds another accumulator of the same key.
    fn merge(&mut self, other: Self);
}

impl Accumulator for () {
    #[inline(always)]
    fn merge(&mut self, (): ()) {}
}

impl<A: Accumulator, B: Accumulator> Accumulator for (A, B) {
    #[inline(always)]
    fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
        self.1.merge(other.1);
    }
}

#[cfg(test)]
mod tests;
