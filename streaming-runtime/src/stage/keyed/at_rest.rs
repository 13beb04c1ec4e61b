use crate::state::keyed::{Close, Due};

/// What rests in the key partitions of one stage, in short: so that a close need not look into each of them.
#[derive(Debug)]
pub(super) struct AtRest {
    /// When each key partition has something to do.
    due: Vec<Due>,
    /// Entries in each key partition.
    rows: Vec<u64>,
    /// Key partitions that the open batch has changed.
    touched: Vec<usize>,
}

impl AtRest {
    pub(super) fn new(key_partitions: usize) -> Self {
        Self {
            due: vec![Due::default(); key_partitions],
            rows: vec![0; key_partitions],
            touched: Vec::new(),
        }
    }

    /// Whether any key partition has something to do.
    pub(super) fn is_due(&self, close: Close) -> bool {
        let first = self.due.iter().copied().reduce(Due::or);
        first.is_some_and(|due| due.is(close))
    }

    /// The batch time at which a key partition has something to do, without input.
    pub(super) fn next_due(&self) -> Option<i64> {
        self.due.iter().filter_map(|due| due.batch).min()
    }

    pub(super) fn due_of(&self, partition: usize) -> Due {
        self.due[partition]
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows.iter().sum()
    }

    pub(super) fn note(&mut self, partition: usize, due: Due, rows: usize) {
        self.due[partition] = due;
        self.rows[partition] = rows as u64;
    }

    pub(super) fn touch(&mut self, partitions: impl Iterator<Item = usize>) {
        self.touched.extend(partitions);
        self.touched.sort_unstable();
        self.touched.dedup();
    }

    pub(super) fn touched(&self) -> Vec<usize> {
        self.touched.clone()
    }

    pub(super) fn take_touched(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.touched)
    }
}
