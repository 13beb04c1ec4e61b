//! What becomes of each record of a source.

use crate::progress::FateCounts;

const USED: u8 = 1;
const SKIPPED: u8 = 2;
const DEAD: u8 = 4;
const LATE: u8 = 8;

/// What became of the records of one chunk, in a stage whose loop sees each record once: everything stays in registers.
#[derive(Debug, Default)]
pub struct Fates {
    current: u8,
    counts: FateCounts,
}

/// The same where records are seen several times: by several decodes, or once more behind a union.
#[derive(Debug, Default)]
pub struct FateTable {
    row: usize,
    rows: Vec<u8>,
}

impl Fates {
    /// Before the first record.
    #[inline(always)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next record begins.
    #[inline(always)]
    pub fn begin(&mut self, row: usize) {
        let _ = row;
        self.current = 0;
    }

    /// It reached a sink, an aggregate, or a union with results of aggregates.
    #[inline(always)]
    pub fn used(&mut self) {
        self.current |= USED;
    }

    /// It came after its window had closed.
    #[inline(always)]
    pub fn late(&mut self) {
        self.current |= LATE;
    }

    /// It could not be decoded, and nobody wants to know.
    #[inline(always)]
    pub fn skipped(&mut self) {
        self.current |= SKIPPED;
    }

    /// It could not be decoded, and went where the pipeline says.
    #[inline(always)]
    pub fn dead_lettered(&mut self) {
        self.current |= DEAD;
    }

    /// Nothing more becomes of the record.
    #[inline(always)]
    pub fn end(&mut self) {
        count(&mut self.counts, self.current);
    }

    /// All records of the chunk.
    #[inline(always)]
    #[must_use]
    pub fn total(&mut self) -> FateTotal {
        FateTotal(self.counts)
    }
}

impl FateTable {
    /// Before the first record.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The loop comes to that row.
    #[inline(always)]
    pub fn begin(&mut self, row: usize) {
        self.row = row;
        if row >= self.rows.len() {
            self.rows.resize(row + 1, 0);
        }
    }

    /// It reached a sink, an aggregate, or a union with results of aggregates.
    #[inline(always)]
    pub fn used(&mut self) {
        self.rows[self.row] |= USED;
    }

    /// It came after its window had closed.
    #[inline(always)]
    pub fn late(&mut self) {
        self.rows[self.row] |= LATE;
    }

    /// It could not be decoded, and nobody wants to know.
    #[inline(always)]
    pub fn skipped(&mut self) {
        self.rows[self.row] |= SKIPPED;
    }

    /// It could not be decoded, and went where the pipeline says.
    #[inline(always)]
    pub fn dead_lettered(&mut self) {
        self.rows[self.row] |= DEAD;
    }

    /// More may become of the record further down.
    #[inline(always)]
    pub fn end(&mut self) {}

    /// All records of the chunk.
    #[must_use]
    pub fn total(&mut self) -> FateTotal {
        let mut counts = FateCounts::default();
        self.rows.iter().for_each(|fate| count(&mut counts, *fate));
        FateTotal(counts)
    }
}

/// Counts a record once, as the worst that became of it.
#[inline(always)]
fn count(counts: &mut FateCounts, fate: u8) {
    counts.late += u64::from(fate & LATE != 0);
    counts.dead_lettered += u64::from(fate & (LATE | DEAD) == DEAD);
    counts.skipped += u64::from(fate & (LATE | DEAD | SKIPPED) == SKIPPED);
    counts.used += u64::from(fate == USED);
    counts.filtered += u64::from(fate == 0);
}

/// What a chunk's records became.
#[derive(Debug, Clone, Copy)]
pub struct FateTotal(pub(super) FateCounts);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_once_as_the_worst_that_became_of_it() {
        for fate in 0..16 {
            let mut counts = FateCounts::default();
            count(&mut counts, fate);
            let FateCounts {
                used,
                filtered,
                late,
                skipped,
                dead_lettered,
            } = counts;
            assert_eq!(used + filtered + late + skipped + dead_lettered, 1, "{fate}");
        }
    }

    #[test]
    fn a_record_that_is_seen_twice_counts_once() {
        let mut table = FateTable::default();
        for row in [0, 1, 2, 1, 2] {
            table.begin(row);
            match row {
                1 => table.used(),
                2 => table.late(),
                _ => {}
            }
        }
        let FateTotal(counts) = table.total();
        assert_eq!((counts.filtered, counts.used, counts.late), (1, 1, 1));
    }
}
