//! Sorting: what compares and moves numbers is compiled here, once, and not for every type of the user's.

use std::cmp::Reverse;

use crate::task::Tag;

/// Sorts by stage and tag; what has the same ones stays in order.
pub(crate) fn by_tag<T>(items: &mut [T], key: impl Fn(&T) -> (u32, Tag)) {
    arrange(items, &order_of_tags(&items.iter().map(key).collect::<Vec<_>>()));
}

/// Sorts by slice, what is largest first in each.
pub(crate) fn by_slice<T>(items: &mut [T], key: impl Fn(&T) -> (i64, usize)) {
    if items.len() > 1 {
        arrange(items, &order_of_slices(&items.iter().map(key).collect::<Vec<_>>()));
    }
}

fn order_of_tags(keys: &[(u32, Tag)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by_key(|at| keys[*at]);
    order
}

fn order_of_slices(keys: &[(i64, usize)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by_key(|at| (keys[*at].0, Reverse(keys[*at].1)));
    order
}

/// Puts the item that is at `order[n]` into place `n`, for every `n`.
fn arrange<T>(items: &mut [T], order: &[usize]) {
    for at in 0..items.len() {
        // What was in one of the places before has been swapped to where the item of that place came from.
        let mut from = order[at];
        while from < at {
            from = order[from];
        }
        items.swap(at, from);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn items_are_sorted_as_the_standard_library_sorts_them(items: Vec<(u8, u8)>) {
            let tag = |item: &(u8, u8)| (u32::from(item.0 & 1), Tag { partition: u32::from(item.0), chunk: 0 });
            let mut tagged = items.clone();
            by_tag(&mut tagged, tag);
            let mut expected = items.clone();
            expected.sort_by_key(tag);
            prop_assert_eq!(&tagged, &expected);

            let slice = |item: &(u8, u8)| (i64::from(item.0), usize::from(item.1));
            let mut sliced = items;
            by_slice(&mut sliced, slice);
            expected.sort_by_key(|item| (slice(item).0, Reverse(slice(item).1)));
            prop_assert_eq!(&sliced, &expected);
        }
    }
}
