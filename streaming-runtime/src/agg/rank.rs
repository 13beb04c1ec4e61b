//! The one order of values in `min`, `max` and `top`, whatever the order of the records.

use std::cmp::Ordering;

use serde::Serialize;

/// Compares as `PartialOrd` does. Of two values that have no order among themselves, because of a NaN in one of them, it
/// compares the fields one after another, with NaN larger than every number.
#[inline(always)]
pub(super) fn compare<T: PartialOrd + Serialize + ?Sized>(one: &T, other: &T) -> Ordering {
    one.partial_cmp(other).unwrap_or_else(|| by_fields(one, other))
}

/// Derived orders go by the fields in turn, and so do the bytes of this encoding: the two orders are one.
#[cold]
fn by_fields<T: PartialOrd + Serialize + ?Sized>(one: &T, other: &T) -> Ordering {
    match (encoded(one), encoded(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => incomparable(one).cmp(&incomparable(other)),
    }
}

/// The value as bytes that are in the order of its fields.
fn encoded<T: Serialize + ?Sized>(value: &T) -> Option<Vec<u8>> {
    let mut serializer = memcomparable::Serializer::new(Vec::new());
    value.serialize(&mut serializer).ok()?;
    Some(serializer.into_inner())
}

/// Whether a value has no place in its own order.
fn incomparable<T: PartialOrd + ?Sized>(value: &T) -> bool {
    value.partial_cmp(value).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_order_whatever_holds_a_nan() {
        #[derive(Debug, PartialEq, PartialOrd, Serialize)]
        struct Rated {
            rate: f64,
            tag: Option<String>,
            best: Vec<(f32, u32)>,
        }
        let rated = |rate, tag: Option<&str>, best| Rated {
            rate,
            tag: tag.map(str::to_owned),
            best,
        };
        let sorted = [
            rated(f64::NEG_INFINITY, None, vec![]),
            rated(-1.5, None, vec![]),
            rated(-0.0, Some("a"), vec![(1.0, 1)]),
            rated(0.0, Some("a"), vec![(1.0, 2)]),
            rated(1.9, Some("a"), vec![(1.0, 1), (2.0, 2)]),
            rated(1.9, Some("a"), vec![(f32::INFINITY, 0)]),
            rated(1.9, Some("a"), vec![(f32::NAN, 0)]),
            rated(1.9, Some("a"), vec![(f32::NAN, 300)]),
            rated(1.9, Some("b"), vec![]),
            rated(2.0, None, vec![(f32::NAN, 1)]),
            rated(f64::NAN, None, vec![(f32::NAN, 1)]),
            rated(-f64::NAN, Some("a"), vec![]),
        ];
        for (i, one) in sorted.iter().enumerate() {
            for (j, other) in sorted.iter().enumerate() {
                assert_eq!(compare(one, other), i.cmp(&j), "{one:?} and {other:?}");
            }
        }
    }
}
