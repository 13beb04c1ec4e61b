//! How two parts of one key become one.

use serde::{Deserialize, Serialize};

/// How two parts of one key become one; associative and commutative, because workers combine independently.
pub trait Combine<P>: Send + Sync {
    /// Whether a part is all that came, so that it may be much for one key.
    const SHIPS: bool = false;
    /// How much of it is left to do behind the exchange.
    fn rows(&self, part: &P) -> usize {
        let _ = part;
        1
    }
    /// Adds `part` to `into`.
    fn combine(&self, into: &mut P, part: P);
}

/// What is combined for one key in one slice, and what its [`Slicing`](crate::time::Slicing) keeps of the times.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Marked<M, P> {
    pub(crate) mark: M,
    pub(crate) part: P,
}

/// Combines accumulators.
#[derive(Debug, Clone, Copy, Default)]
pub struct Merge;

impl<A: crate::agg::Accumulator> Combine<A> for Merge {
    #[inline(always)]
    fn combine(&self, into: &mut A, part: A) {
        into.merge(part);
    }
}

/// Combines records with a function of the user's.
#[derive(Debug, Clone, Copy)]
pub struct Reduce<F>(pub(super) F);

impl<T, F: Fn(T, T) -> T + Send + Sync> Combine<Option<T>> for Reduce<F> {
    #[inline(always)]
    fn combine(&self, into: &mut Option<T>, part: Option<T>) {
        *into = match (into.take(), part) {
            (Some(a), Some(b)) => Some((self.0)(a, b)),
            (a, b) => a.or(b),
        };
    }
}

/// Keeps every record: for `.fold(init, f)`, whose function takes one record at a time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Append;

impl<T: Send> Combine<Vec<T>> for Append {
    const SHIPS: bool = true;
    fn rows(&self, part: &Vec<T>) -> usize {
        part.len()
    }
    fn combine(&self, into: &mut Vec<T>, mut part: Vec<T>) {
        if into.is_empty() {
            *into = part;
        } else {
            into.append(&mut part);
        }
    }
}
