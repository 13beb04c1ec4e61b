/// Numbers gathered by one task, by operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    pub(crate) rows: Vec<u64>,
    pub(crate) late: Vec<u64>,
    pub(crate) errors: Vec<u64>,
}

impl Counts {
    pub(crate) fn new(operators: usize) -> Self {
        Self {
            rows: vec![0; operators],
            late: vec![0; operators],
            errors: vec![0; operators],
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        let sum = |into: &mut Vec<u64>, from: &Vec<u64>| into.iter_mut().zip(from).for_each(|(a, b)| *a += b);
        sum(&mut self.rows, &other.rows);
        sum(&mut self.late, &other.late);
        sum(&mut self.errors, &other.errors);
    }
}
