/// Numbers gathered by one task, by operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    pub(crate) rows: Vec<u64>,
    pub(crate) late: Vec<u64>,
    /// Of all operators, late records that are no records of sources.
    pub(crate) late_results: u64,
    pub(crate) errors: Vec<u64>,
    /// Event times too far ahead to be true.
    pub(crate) ahead: Vec<u64>,
    /// What became of the records of sources.
    pub(crate) fates: FateCounts,
    /// The first record of each kind that a person should hear of.
    pub(crate) notices: Vec<Notice>,
}

/// What became of the records of sources, each counted once, as the worst that became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FateCounts {
    pub(crate) used: u64,
    pub(crate) filtered: u64,
    pub(crate) late: u64,
    pub(crate) skipped: u64,
    pub(crate) dead_lettered: u64,
}

/// A record that a person should hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) operator: u32,
    pub(crate) kind: NoticeKind,
    pub(crate) place: Place,
}

/// What is to be said of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoticeKind {
    /// It came after its window had closed.
    Late,
    /// It could not be decoded.
    Undecodable,
    /// A closure panicked over it in each try.
    Panicked,
    /// A sink refuses it.
    Refused,
    /// Its event time is too far ahead of the wall clock.
    Ahead(i64),
}

impl NoticeKind {
    /// Whether it is the same sort of thing.
    pub(crate) fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

impl Counts {
    pub(crate) fn new(operators: usize) -> Self {
        Self {
            rows: vec![0; operators],
            late: vec![0; operators],
            late_results: 0,
            errors: vec![0; operators],
            ahead: vec![0; operators],
            fates: FateCounts::default(),
            notices: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        let sum = |into: &mut Vec<u64>, from: &Vec<u64>| into.iter_mut().zip(from).for_each(|(a, b)| *a += b);
        sum(&mut self.rows, &other.rows);
        sum(&mut self.late, &other.late);
        self.late_results += other.late_results;
        sum(&mut self.errors, &other.errors);
        sum(&mut self.ahead, &other.ahead);
        self.fates.add(other.fates);
        for notice in &other.notices {
            let known = |n: &Notice| n.operator == notice.operator && n.kind.is_like(notice.kind);
            if !self.notices.iter().any(known) {
                self.notices.push(notice.clone());
            }
        }
    }
}

impl FateCounts {
    pub(crate) fn add(&mut self, other: Self) {
        self.used += other.used;
        self.filtered += other.filtered;
        self.late += other.late;
        self.skipped += other.skipped;
        self.dead_lettered += other.dead_lettered;
    }
}

/// Where a task was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// At a record of a source partition. The engine knows which stage that was.
    Source {
        partition: u32,
        offset: u64,
        /// What the record itself says of where it was, where that is more than the partition.
        within: Option<String>,
    },
    /// In a key partition.
    Key(u32),
    /// Behind a union.
    Rows,
}
