//! What is said of state that has changed, and what its bytes become.

use super::model::{U64, operator};
use super::*;
use crate::checkpoint::Note;
use crate::checkpoint::evolve::Change;

/// An operator with these accumulators: names, call, shape.
fn totals(parts: &[(&[&str], &str, &str)]) -> Described {
    let mut totals = operator("totals", U64);
    let state = totals.of.state.as_mut().unwrap();
    let part = |(names, call, shape): &(&[&str], &str, &str)| PartOf {
        names: names.iter().map(|&name| name.to_owned()).collect(),
        call: (*call).to_owned(),
        shape: (*shape).to_owned(),
    };
    state.parts = parts.iter().map(part).collect();
    let means = Means {
        empty: Some(vec![0]),
        needs_record: false,
        measure: |bytes| bytes.iter().position(|byte| *byte == b'.').map(|end| end + 1),
        adopt: |_| Err("it does not fit".into()),
    };
    totals.means = vec![means; parts.len()];
    totals
}

/// The value that becomes of `value`, and what is said.
fn changed(was: &Described, is: &Described, value: &[u8]) -> (Result<Vec<u8>, String>, Vec<String>) {
    let mut notes = Vec::new();
    let change = Change::of(was.of.state.as_ref().unwrap(), is, &mut notes);
    let value = change.and_then(|change| change.map_or(Ok(value.to_vec()), |change| change.begin()?.apply(value)));
    (value, notes.into_iter().map(|Note { text, .. }| text).collect())
}

const STR: &str = r#"["STR",{}]"#;
const OPAQUE: &str = "type app::Secret";

#[test]
fn parts_are_found_by_their_names() {
    let was = totals(&[
        (&["n", "mean.2"], "count()", U64),
        (&["last"], "last(|o| o.text)", STR),
        (&["mean"], "sum(|o| o.a)", U64),
    ]);
    let is = totals(&[
        (&["mean"], "sum(| o | o . a)", U64),
        (&["new"], "count_distinct(|o| o.a)", U64),
        (&["mean.2"], "count()", U64),
    ]);
    let (value, notes) = changed(&was, &is, &[7, 2, b'h', b'i', 0x80, 1]);
    assert_eq!(value.unwrap(), [0x80, 1, 0, 7]);
    assert_eq!(
        notes,
        [
            "`totals.new` is new and starts empty: `count_distinct(|o| o.a)`",
            "`totals.last` is gone, and what it held is dropped: `last(|o| o.text)`",
        ]
    );
    let (value, notes) = changed(&was, &was, &[7, 2, b'h', b'i', 3]);
    assert_eq!((value.unwrap().len(), notes.len()), (5, 0));
}

#[test]
fn a_type_that_gives_nothing_away_stays_as_it_is_or_is_refused() {
    let was = totals(&[(&["a"], "last(|o| o.a)", OPAQUE), (&["b"], "count()", U64)]);
    let swapped = totals(&[(&["b"], "count()", U64), (&["a"], "last(|o| o.a)", OPAQUE)]);
    let (value, _) = changed(&was, &swapped, b"ab.\x05");
    assert_eq!(value.unwrap(), b"\x05ab.");
    let without = totals(&[(&["b"], "count()", U64)]);
    let error = changed(&was, &without, b"ab.\x05").0.unwrap_err();
    assert!(
        error.starts_with("`totals.a` is kept in type `app::Secret`, which reads itself in a way of its own"),
        "{error}"
    );
    let other = totals(&[(&["a"], "last(|o| o.a)", STR), (&["b"], "count()", U64)]);
    let error = changed(&was, &other, b"ab.\x05").0.unwrap_err();
    assert!(
        error.starts_with("`totals.a` has another type: it was `app::Secret` and is `String`"),
        "{error}"
    );
}

#[test]
fn bytes_that_are_not_what_was_recorded_are_no_value() {
    let was = totals(&[(&["a"], "last(|o| o.a)", STR), (&["b"], "count()", U64)]);
    let is = totals(&[(&["b"], "count()", U64)]);
    assert_eq!(changed(&was, &is, &[1, b'x', 9]).0.unwrap(), [9]);
    for wrong in [&[][..], &[5, b'x', 9], &[1, b'x'], &[1, b'x', 9, 9], &[1, b'x', 0x80]] {
        let error = changed(&was, &is, wrong).0.unwrap_err();
        assert!(error.contains("an entry of `totals` is not what"), "{wrong:?}: {error}");
    }
}

#[test]
fn one_aggregate_that_was_several_is_refused() {
    let was = totals(&[(&["a"], "sum(|o| o.a)", U64), (&["b"], "sum(|o| o.b)", U64)]);
    let both = totals(&[(&["a", "b"], "sum(|o| o.c)", U64)]);
    let error = changed(&was, &both, &[1, 2]).0.unwrap_err();
    assert!(
        error.contains("`totals.a` is now one aggregate, `sum(|o| o.c)`, and was several"),
        "{error}"
    );
    let one = totals(&[(&["a", "b"], "sum(|o| o.b)", U64)]);
    let (value, notes) = changed(&was, &one, &[1, 2]);
    assert_eq!(value.unwrap(), [2]);
    assert_eq!(notes.len(), 1, "{notes:?}");
}

#[test]
fn no_two_aggregates_continue_one() {
    // One more before the others in a tuple.
    let was = totals(&[(&["1"], "sum(|o| o.a)", U64), (&["2"], "count()", U64)]);
    let is = totals(&[
        (&["1"], "sum(|o| o.new)", U64),
        (&["2"], "sum(|o| o.a)", U64),
        (&["3"], "count()", U64),
    ]);
    let (value, notes) = changed(&was, &is, &[7, 3]);
    assert_eq!(value.unwrap(), [0, 7, 3]);
    assert_eq!(notes, ["`totals.1` is new and starts empty: `sum(|o| o.new)`"]);
    // Two fields shared one.
    let was = totals(&[(&["a", "b"], "sum(|o| o.a)", U64)]);
    let is = totals(&[(&["a"], "sum(|o| o.a)", U64), (&["b"], "sum(|o| o.b)", U64)]);
    let error = changed(&was, &is, &[7]).0.unwrap_err();
    assert!(
        error.starts_with("`totals.b` was `sum(|o| o.a)`, which is now computed elsewhere, and is `sum(|o| o.b)`"),
        "{error}"
    );
}

#[test]
fn aggregates_of_one_field_are_found_by_what_they_compute() {
    let was = totals(&[(&["ratio"], "sum(|o| o.a)", U64), (&["ratio.2"], "sum(|o| o.b)", U64)]);
    let is = totals(&[(&["ratio"], "sum(|o| o.b)", U64), (&["ratio.2"], "sum(|o| o.a)", U64)]);
    let (value, notes) = changed(&was, &is, &[7, 3]);
    assert_eq!(value.unwrap(), [3, 7]);
    assert_eq!(notes, [""; 0]);
    let other = totals(&[(&["ratio"], "sum(|o| o.b)", U64), (&["ratio.2"], "sum(|o| o.c)", U64)]);
    let error = changed(&was, &other, &[7, 3]).0.unwrap_err();
    assert!(
        error.starts_with("`totals.ratio.2` was `sum(|o| o.b)`, which is now computed elsewhere"),
        "{error}"
    );
}

#[test]
fn a_field_of_several_aggregates_does_not_begin_with_the_history_of_one() {
    let was = totals(&[(&["cents"], "sum(|o| o.c)", U64)]);
    let is = totals(&[(&["cents", "mean"], "sum(|o| o.c)", U64), (&["mean.2"], "count()", U64)]);
    let error = changed(&was, &is, &[7]).0.unwrap_err();
    assert!(
        error.starts_with(
            "`totals.mean` is now computed of `sum(|o| o.c)`, which holds something, and of `count()`, which is new"
        ) && error.contains("drained")
            && error.contains("#[reset"),
        "{error}"
    );
    // With both there it has both.
    let was = totals(&[(&["n"], "count()", U64), (&["cents"], "sum(|o| o.c)", U64)]);
    let is = totals(&[
        (&["cents", "mean"], "sum(|o| o.c)", U64),
        (&["mean.2", "n"], "count()", U64),
    ]);
    assert_eq!(changed(&was, &is, &[7, 3]).0.unwrap(), [3, 7]);
}

#[test]
fn another_number_of_the_best_is_refused() {
    let was = totals(&[(&["best"], "top(5, |o| o.c)", U64)]);
    let fewer = totals(&[(&["best"], "top(3, |o| o.c)", U64)]);
    let error = changed(&was, &fewer, &[7]).0.unwrap_err();
    assert!(error.starts_with("`totals.best` kept 5 and keeps 3"), "{error}");
    let other = totals(&[(&["best"], "top(5, |o| o.d)", U64)]);
    assert_eq!(changed(&was, &other, &[7]).0.unwrap(), [7]);
}

#[test]
fn of_a_type_that_gives_little_away_any_change_of_that_is_refused() {
    const FEW: &str = "type app::Level\nLevel: [\"New\",\"Old\"]\nLevel::0: \"UNIT\"";
    const MORE: &str = "type app::Level\nLevel: [\"Low\",\"New\",\"Old\"]\nLevel::0: \"UNIT\"";
    let was = totals(&[(&["a"], "last(|o| o.a)", FEW)]);
    let is = totals(&[(&["a"], "last(|o| o.a)", MORE)]);
    let error = changed(&was, &is, b"a.").0.unwrap_err();
    assert!(
        error.starts_with("`totals.a` has another type: `app::Level` reads itself in a way of its own")
            && error.contains(r#"it had `Level: ["New","Old"]` and has `Level: ["Low","New","Old"]`"#),
        "{error}"
    );
    assert_eq!(changed(&was, &was, b"a.").0.unwrap(), b"a.");
}
