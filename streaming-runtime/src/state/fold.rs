//! How parts become state: what `agg`, `reduce` and `fold` put behind an exchange.

use super::combine::Combine;
use super::table::Table;
use super::{Fold, State};
use crate::key::OwnedKey;
use crate::task::Order;

/// The parts themselves are the state, combined as on the exchange.
#[derive(Debug, Clone, Copy)]
pub struct Same<'c, C>(pub(crate) &'c C);

impl<P: State, C: Combine<P>> Fold<P> for Same<'_, C> {
    type State = P;
    #[inline]
    fn start(&self, part: P) -> P {
        part
    }
    #[inline]
    fn apply(&self, state: &mut P, part: P) {
        self.0.combine(state, part);
    }
    fn start_all<K: OwnedKey>(&self, parts: &mut Table<K, P>) -> Table<K, P> {
        let mut states = std::mem::take(parts);
        states.trim();
        states
    }
}

/// `.fold(init, f)`: one record at a time, in the order of the source partition.
#[derive(Debug, Clone, Copy)]
pub struct FoldWith<I, F> {
    pub(crate) init: I,
    pub(crate) f: F,
}

impl<T, S, I, F> Fold<Vec<(Order, T)>> for FoldWith<I, F>
where
    S: State,
    I: Fn() -> S + Send + Sync,
    F: Fn(S, T) -> S + Send + Sync,
{
    type State = S;
    fn start(&self, part: Vec<(Order, T)>) -> S {
        self.fold((self.init)(), part)
    }
    fn apply(&self, state: &mut S, part: Vec<(Order, T)>) {
        // The function takes the state by value; a new state stands in meanwhile, which is cheaper than a copy of the old one.
        let before = std::mem::replace(state, (self.init)());
        *state = self.fold(before, part);
    }
}

impl<I, F> FoldWith<I, F> {
    fn fold<T, S>(&self, state: S, mut part: Vec<(Order, T)>) -> S
    where
        F: Fn(S, T) -> S,
    {
        part.sort_by_key(|(order, _)| order.arrival);
        part.into_iter()
            .fold(state, |state, (_, record)| (self.f)(state, record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{Tag, Task};

    fn record(partition: u32, chunk: u64, row: u64, at: i64) -> (Order, String) {
        let mut task = Task::new(3, Tag { partition, chunk }, 0);
        task.row(row);
        (task.order(at), format!("{partition}.{chunk}.{row}"))
    }

    #[test]
    fn records_are_folded_in_the_order_of_their_partition() {
        let fold = FoldWith {
            init: || "<".to_owned(),
            f: |state: String, record: String| state + " " + &record,
        };
        // The order of workers, and event times that say otherwise.
        let part = vec![
            record(0, 1, 0, 5),
            record(1, 0, 0, 1),
            record(0, 0, 1, 9),
            record(0, 0, 0, 20),
        ];
        let mut state = fold.start(part);
        assert_eq!(state, "< 0.0.0 0.0.1 0.1.0 1.0.0");
        fold.apply(&mut state, vec![record(0, 3, 1, 1), record(0, 3, 0, 2)]);
        assert_eq!(state, "< 0.0.0 0.0.1 0.1.0 1.0.0 0.3.0 0.3.1");
    }
}
