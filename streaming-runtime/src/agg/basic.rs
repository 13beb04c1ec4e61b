use std::borrow::Borrow;
use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::Accumulator;
use super::rank::compare;
use crate::lend::{Lent, Plain};
use crate::state::{Revise, State};

/// `count()`: how many records.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Count(u64);

impl Count {
    /// One more record.
    #[inline(always)]
    pub fn add(&mut self) {
        self.0 += 1;
    }
    /// The number.
    #[must_use]
    pub fn finish(self) -> u64 {
        self.0
    }
}

impl Accumulator for Count {
    #[inline(always)]
    fn merge(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Revise for Count {}

/// A number that `sum` can add up.
///
/// Integers are summed in 64 bits (`i128` and `u128` in 128) and an overflow stops the pipeline with an error; `f32` is summed as `f64`.
/// The sum of floating-point numbers depends in its last digits on the order of the records.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be summed",
    label = "returned by the function of `sum`",
    note = "`sum` and `avg` take integers and floating-point numbers"
)]
pub trait SumValue: Copy {
    /// The type of the sum.
    type Total: Copy + Default + Send;
    /// The value in the sum's type.
    fn widen(self) -> Self::Total;
    /// Adds.
    fn plus(a: Self::Total, b: Self::Total) -> Self::Total;
    /// The value as a floating-point number, for `avg`.
    fn as_f64(self) -> f64;
}

macro_rules! sum_int {
    ($($t:ty => $total:ty),* $(,)?) => {$(
        impl SumValue for $t {
            type Total = $total;
            #[inline(always)]
            #[allow(clippy::cast_lossless, clippy::cast_possible_truncation)]
            fn widen(self) -> $total { self as $total }
            #[inline(always)]
            fn plus(a: $total, b: $total) -> $total { a.checked_add(b).expect("`sum` overflows: sum a wider type") }
            #[inline(always)]
            #[allow(clippy::cast_lossless, clippy::cast_precision_loss)]
            fn as_f64(self) -> f64 { self as f64 }
        }
    )*};
}
sum_int!(
    u8 => u64, u16 => u64, u32 => u64, u64 => u64, usize => u64, u128 => u128,
    i8 => i64, i16 => i64, i32 => i64, i64 => i64, isize => i64, i128 => i128,
);

macro_rules! sum_float {
    ($($t:ty),*) => {$(
        impl SumValue for $t {
            type Total = f64;
            #[inline(always)]
            fn widen(self) -> f64 { f64::from(self) }
            #[inline(always)]
            fn plus(a: f64, b: f64) -> f64 { a + b }
            #[inline(always)]
            fn as_f64(self) -> f64 { f64::from(self) }
        }
    )*};
}
sum_float!(f32, f64);

impl<T: SumValue> SumValue for &T {
    type Total = T::Total;
    #[inline(always)]
    fn widen(self) -> T::Total {
        (*self).widen()
    }
    #[inline(always)]
    fn plus(a: T::Total, b: T::Total) -> T::Total {
        T::plus(a, b)
    }
    #[inline(always)]
    fn as_f64(self) -> f64 {
        (*self).as_f64()
    }
}

/// `sum(f)`. `T` is the type of the total.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sum<T>(T);

impl<T: Copy> Sum<T> {
    /// Adds one value.
    #[inline(always)]
    pub fn add<V: SumValue<Total = T>>(&mut self, value: V) {
        self.0 = V::plus(self.0, value.widen());
    }
    /// The total.
    #[must_use]
    pub fn finish(self) -> T {
        self.0
    }
}

impl<T: SumValue<Total = T> + Send> Accumulator for Sum<T> {
    #[inline(always)]
    fn merge(&mut self, other: Self) {
        self.0 = T::plus(self.0, other.0);
    }
}

impl<T: State> Revise for Sum<T> {}

/// `avg(f)`: the arithmetic mean, as `f64`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Avg {
    sum: f64,
    count: u64,
}

impl Avg {
    /// Adds one value.
    #[inline(always)]
    pub fn add<V: SumValue>(&mut self, value: V) {
        self.sum += value.as_f64();
        self.count += 1;
    }
    /// The mean; an aggregate always has at least one record.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn finish(self) -> f64 {
        self.sum / self.count as f64
    }
}

impl Accumulator for Avg {
    #[inline(always)]
    fn merge(&mut self, other: Self) {
        self.sum += other.sum;
        self.count += other.count;
    }
}

impl Revise for Avg {
    const NEEDS_RECORD: bool = true;
}

macro_rules! extreme {
    ($(#[$doc:meta])* $name:ident, $better:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        pub struct $name<T>(Option<T>);

        impl<T> Default for $name<T> {
            fn default() -> Self { Self(None) }
        }

        impl<T> $name<T> {
            /// Offers one value; of equal ones the first is kept. NaN is larger than every number, as in SQL.
            #[inline(always)]
            pub fn add<V>(&mut self, value: V)
            where
                V: Lent<Owned = T>,
                V::View: PartialOrd + Serialize,
                T: Borrow<V::View>,
            {
                let Some(best) = &mut self.0 else {
                    self.0 = Some(value.own());
                    return;
                };
                let better = compare(value.view(), (*best).borrow()) == Ordering::$better;
                if better {
                    value.replace(best);
                }
            }
            /// The value.
            ///
            /// # Panics
            /// Never on an aggregate, which has at least one record.
            #[must_use]
            pub fn finish(self) -> T { self.0.expect("an aggregate has at least one record") }
        }

        impl<T: PartialOrd + Serialize + Send> Accumulator for $name<T> {
            #[inline(always)]
            fn merge(&mut self, other: Self) {
                if let Some(value) = other.0 { self.add(Plain(value)); }
            }
        }

        impl<T: State> Revise for $name<T> {
            const NEEDS_RECORD: bool = true;
        }
    };
}
extreme!(
    /// `min(f)`: the smallest value; NaN only where there is nothing else.
    Min, Less
);
extreme!(
    /// `max(f)`: the largest value; NaN where there is one.
    Max, Greater
);
