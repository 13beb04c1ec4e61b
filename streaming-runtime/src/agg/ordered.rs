use serde::{Deserialize, Serialize};

use super::Accumulator;
use crate::lend::{Lent, Plain};
use crate::state::{Revise, State};
use crate::task::Order;

macro_rules! end_of_order {
    ($(#[$doc:meta])* $name:ident, $before:tt) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        pub struct $name<T>(Option<(Order, T)>);

        impl<T> Default for $name<T> {
            fn default() -> Self { Self(None) }
        }

        impl<T> $name<T> {
            /// Offers one value, made only when its place in the order is the better one.
            #[inline(always)]
            pub fn add(&mut self, order: Order, value: impl Lent<Owned = T>) {
                match &mut self.0 {
                    None => self.0 = Some((order, value.own())),
                    Some((best, kept)) if order $before *best => {
                        *best = order;
                        value.replace(kept);
                    }
                    Some(_) => {}
                }
            }
            /// The value.
            ///
            /// # Panics
            /// Never on an aggregate, which has at least one record.
            #[must_use]
            pub fn finish(self) -> T { self.0.expect("an aggregate has at least one record").1 }
        }

        impl<T: Send> Accumulator for $name<T> {
            #[inline(always)]
            fn merge(&mut self, other: Self) {
                if let Some((order, value)) = other.0 { self.add(order, Plain(value)); }
            }
        }

        impl<T: State> Revise for $name<T> {
            const NEEDS_RECORD: bool = true;
        }
    };
}
end_of_order!(
    /// `first(f)`: the value of the earliest record by event time; by arrival where there is no event time or a tie.
    First, <
);
end_of_order!(
    /// `last(f)`: the value of the latest record by event time; by arrival where there is no event time or a tie.
    // Records that `flat_map` made of one row have one order; the last of them comes last.
    Last, >=
);
