/// What rests in the key partitions of one stage, in short: so that a close need not look into each of them.
#[derive(Debug)]
pub(super) struct AtRest {
    /// The lowest slice of each key partition; `i64::MAX` where it is empty.
    lowest: Vec<i64>,
    /// States in each key partition.
    rows: Vec<u64>,
    /// Key partitions that the open batch has changed.
    touched: Vec<usize>,
}

impl AtRest {
    pub(super) fn new(key_partitions: usize) -> Self {
        Self {
            lowest: vec![i64::MAX; key_partitions],
            rows: vec![0; key_partitions],
            touched: Vec::new(),
        }
    }

    /// The lowest slice of all.
    pub(super) fn lowest(&self) -> Option<i64> {
        self.lowest.iter().copied().min().filter(|slice| *slice != i64::MAX)
    }

    pub(super) fn lowest_of(&self, partition: usize) -> Option<i64> {
        Some(self.lowest[partition]).filter(|slice| *slice != i64::MAX)
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows.iter().sum()
    }

    pub(super) fn rows_of(&self, partition: usize) -> u64 {
        self.rows[partition]
    }

    pub(super) fn note(&mut self, partition: usize, lowest: Option<i64>, rows: usize) {
        self.lowest[partition] = lowest.unwrap_or(i64::MAX);
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
