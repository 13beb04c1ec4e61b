//! A sink that outlives the pipeline, as a database does, and fails where it is told to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use streaming_runtime::sink::{BatchId, Encode, Sink, SinkError, delivery};

/// What a table does wrong, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Prepare,
    BeforeCommit,
    AfterCommit,
    /// The same as a panic.
    PanicInCommit,
    /// When this batch is gone on from.
    Resume,
}

#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// Rows by batch.
    rows: BTreeMap<u64, Vec<String>>,
    /// What goes wrong in a batch.
    faults: BTreeMap<u64, Fault>,
    /// Batches that were resumed at.
    resumed: Vec<u64>,
}

/// The sink; clones write to the same table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    table: Arc<Mutex<Tables>>,
    prepared: Vec<String>,
}

impl Table {
    pub(crate) fn with(faults: impl IntoIterator<Item = (u64, Fault)>) -> Self {
        let table = Self::default();
        table.lock().faults.extend(faults);
        table
    }

    /// All rows, in the order of the batches.
    pub(crate) fn rows(&self) -> Vec<String> {
        self.lock().rows.values().flatten().cloned().collect()
    }

    pub(crate) fn resumed(&self) -> Vec<u64> {
        self.lock().resumed.clone()
    }

    /// Faults that have not happened yet.
    pub(crate) fn faults_left(&self) -> usize {
        self.lock().faults.len()
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.table.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn fault(&self, batch: u64, wanted: &[Fault]) -> Option<Fault> {
        let mut table = self.lock();
        let fault = table
            .faults
            .get(&batch)
            .copied()
            .filter(|fault| wanted.contains(fault))?;
        table.faults.remove(&batch);
        Some(fault)
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct AsText;

impl<T: std::fmt::Debug> Encode<T, Vec<String>> for AsText {
    fn encode(&self, record: T, staged: &mut Vec<String>) -> Result<(), SinkError> {
        staged.push(format!("{record:?}"));
        Ok(())
    }
}

impl Sink for Table {
    type Staged = Vec<String>;
    type Encoder = AsText;
    type Delivery = delivery::Idempotent;

    fn encoder(&self) -> AsText {
        AsText
    }

    async fn resume(&mut self, last: &BatchId, _: Option<&str>) -> Result<(), SinkError> {
        self.lock().resumed.push(last.batch);
        match self.fault(last.batch, &[Fault::Resume]) {
            Some(_) => Err(SinkError::new("a fault in resume".to_owned())),
            None => Ok(()),
        }
    }

    async fn prepare(&mut self, batch: &BatchId, staged: Vec<Vec<String>>) -> Result<(), SinkError> {
        self.prepared = staged.into_iter().flatten().collect();
        match self.fault(batch.batch, &[Fault::Prepare]) {
            Some(_) => Err(SinkError::new("a fault in prepare".to_owned())),
            None => Ok(()),
        }
    }

    async fn commit(&mut self, batch: &BatchId) -> Result<(), SinkError> {
        match self.fault(batch.batch, &[Fault::BeforeCommit, Fault::PanicInCommit]) {
            Some(Fault::PanicInCommit) => panic!("a fault in commit"),
            Some(_) => return Err(SinkError::new("a fault before commit".to_owned())),
            None => {}
        }
        let rows = std::mem::take(&mut self.prepared);
        // As a database that notes the number of the batch in the same transaction: what it has it does not take again.
        self.lock().rows.entry(batch.batch).or_insert(rows);
        match self.fault(batch.batch, &[Fault::AfterCommit]) {
            Some(_) => Err(SinkError::new("a fault after commit".to_owned())),
            None => Ok(()),
        }
    }

    async fn abort(&mut self, _: &BatchId) {
        self.prepared.clear();
    }
}
