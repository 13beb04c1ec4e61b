use super::*;
use crate::time::Shift;

type Rows = Kept<u32, u32>;
type Came = Table<u64, Marked<(), Rows>>;

/// Partners are up to a second later.
fn join() -> Join<u64, u32, u32> {
    let second = std::time::Duration::from_secs(1);
    Join::new(Within::new(
        Shift::earlier(std::time::Duration::ZERO),
        Shift::later(second),
    ))
}

fn left(rows: impl IntoIterator<Item = (i64, u32)>) -> Rows {
    Kept::Left(rows.into_iter().collect())
}

fn right(rows: impl IntoIterator<Item = (i64, u32)>) -> Rows {
    Kept::Right(rows.into_iter().collect())
}

/// What came for one key, all of it in one slice of each side.
fn came(parts: impl IntoIterator<Item = Rows>) -> Vec<(i64, Came)> {
    let each = parts.into_iter().map(|part| {
        let side = if matches!(part, Kept::Right(_)) {
            Side::Right
        } else {
            Side::Left
        };
        let slice = join().within.slice_of(side, 0);
        let mut table = Came::default();
        table.slot(7, 7u64).1.part = part;
        (slice, table)
    });
    each.collect()
}

fn pass(
    join: &Join<u64, u32, u32>,
    rest: &mut RestOf<Join<u64, u32, u32>>,
    parts: impl IntoIterator<Item = Rows>,
) -> Vec<(u32, u32)> {
    let close = Close {
        before: i64::MIN,
        watermark: i64::MIN,
        inputs: [i64::MIN; INPUTS],
        batch_time: 0,
    };
    let mut pairs = Vec::new();
    join.pass(&Keep, rest, &mut came(parts), close, |_, entry| pairs.push(entry.value));
    pairs.sort_unstable();
    pairs
}

fn commit(join: &Join<u64, u32, u32>, rest: &mut RestOf<Join<u64, u32, u32>>) {
    rest.store.commit(|held, revised| join.settle(&Keep, held, revised));
}

#[test]
fn lists_are_merged_in_the_order_of_time() {
    let mut kept = left([(1, 1), (3, 2), (3, 3), (9, 4)]);
    kept.merge(left([(3, 5), (4, 6), (12, 7)]));
    kept.merge(left([(0, 8)]));
    kept.merge(Kept::Nothing);
    let Kept::Left(rows) = kept else { panic!("{kept:?}") };
    assert_eq!(rows, [(0, 8), (1, 1), (3, 2), (3, 3), (3, 5), (4, 6), (9, 4), (12, 7)]);
}

/// A key with very many rows, to which a batch adds one: neither the overlay nor the journal has the others.
#[test]
fn a_batch_costs_what_it_adds() {
    let (join, mut rest) = (join(), RestOf::<Join<u64, u32, u32>>::default());
    let many = (0..100_000u32).map(|n| (i64::from(n % 500), n));
    assert_eq!(pass(&join, &mut rest, [left(many)]), []);
    let settle = |held: &mut Marks<u32, u32>, revised: Marks<u32, u32>| held.part.merge(revised.part);
    rest.store.changes(true, settle).unwrap();
    commit(&join, &mut rest);
    // Its partner is the only row of that moment.
    assert_eq!(pass(&join, &mut rest, [left([(600, 1)])]), []);
    let changes = rest.store.changes(true, settle).unwrap().into_bytes();
    assert!(changes.len() < 32, "{}", changes.len());
    commit(&join, &mut rest);
    assert_eq!(pass(&join, &mut rest, [right([(600, 2)])]).len(), 100_001);
    assert_eq!(pass(&join, &mut rest, [right([(-1, 3)])]), []);
}

/// What an aborted batch brought is gone, and the same rows give the same pairs once more.
#[test]
fn an_aborted_batch_leaves_nothing() {
    let (join, mut rest) = (join(), RestOf::<Join<u64, u32, u32>>::default());
    pass(&join, &mut rest, [left([(10, 1)])]);
    commit(&join, &mut rest);
    for _ in 0..3 {
        let pairs = pass(&join, &mut rest, [right([(10, 5), (11, 6)]), left([(11, 2)])]);
        assert_eq!(pairs, [(1, 5), (1, 6), (2, 6)]);
        rest.store.abort();
    }
    assert_eq!(pass(&join, &mut rest, [right([(12, 7)])]), [(1, 7)]);
}

/// A row leaves with its slice, once the other side says that no partner can come; the closer slice of the other side stays.
#[test]
fn slices_are_due_by_the_other_side() {
    let (join, mut rest) = (join(), RestOf::<Join<u64, u32, u32>>::default());
    pass(&join, &mut rest, [left([(10, 1)]), right([(10, 2)])]);
    commit(&join, &mut rest);
    // The slice of the left row ends at 1000, and its partners come until 1999; none on the left comes after a right row.
    assert_eq!(join.due(&rest), Due::at_events([Some(1000), Some(2000)]));
    let close = |inputs: [i64; INPUTS]| Close {
        before: i64::MIN,
        watermark: inputs[0].min(inputs[1]),
        inputs,
        batch_time: 0,
    };
    for (inputs, left) in [([999, 1999], 2), ([1000, 1999], 1), ([1000, 2000], 0)] {
        assert_eq!(join.due(&rest).is(close(inputs)), left < 2, "{inputs:?}");
        join.pass(&Keep, &mut rest, &mut came([]), close(inputs), |_, _| {});
        commit(&join, &mut rest);
        assert_eq!(rest.store.len(), left, "{inputs:?}");
    }
}
