use std::sync::{Arc, Mutex};

use super::{Closing, Failure, Place, Stage, run_task};
use crate::order::by_tag;
use crate::outlet::Outlet;
use crate::progress::Counts;
use crate::task::{Tag, Task};

/// Owned records on their way from several stages into one: a union behind aggregates.
#[derive(Debug)]
pub struct Rows<T> {
    inbox: Mutex<Vec<LocalRows<T>>>,
}

/// One worker's half of [`Rows`].
#[derive(Debug)]
pub struct LocalRows<T> {
    open: Vec<(i64, T)>,
    done: Vec<(Tag, Vec<(i64, T)>)>,
}

impl<T> Rows<T> {
    /// No rows yet.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            inbox: Mutex::default(),
        })
    }
}

impl<T> LocalRows<T> {
    /// Adds a record with its event time (0 where there is none).
    #[inline]
    pub fn push(&mut self, at: i64, record: T) {
        self.open.push((at, record));
    }
}

impl<T: Send> Outlet for Rows<T> {
    type Local = LocalRows<T>;
    const SEPARATE: bool = true;
    fn open(&self) -> LocalRows<T> {
        LocalRows {
            open: Vec::new(),
            done: Vec::new(),
        }
    }
    fn end_chunk(&self, local: &mut LocalRows<T>, tag: Tag) {
        if !local.open.is_empty() {
            local.done.push((tag, std::mem::take(&mut local.open)));
        }
    }
    fn undo_chunk(&self, local: &mut LocalRows<T>) {
        local.open.clear();
    }
    fn give_back(&self, local: LocalRows<T>) {
        self.inbox.lock().expect("no panic while locked").push(local);
    }
    fn discard(&self) {
        self.inbox.lock().expect("no panic while locked").clear();
    }
}

/// The fused loop behind [`Rows`].
pub struct RowsStage<T, O, F> {
    rows: Arc<Rows<T>>,
    outlets: O,
    body: F,
}

opaque_debug!([T, O, F] RowsStage<T, O, F>);

impl<T, O, F> RowsStage<T, O, F>
where
    T: Send,
    O: Outlet,
    F: Fn(Vec<(i64, T)>, &mut Task, &mut O::Local) + Send + Sync,
{
    /// A stage that runs `body` over the rows of several stages above.
    pub fn new(rows: &Arc<Rows<T>>, outlets: O, body: F) -> Self {
        Self {
            rows: Arc::clone(rows),
            outlets,
            body,
        }
    }
}

impl<T, O, F> Stage for RowsStage<T, O, F>
where
    T: Send + 'static,
    O: Outlet + 'static,
    F: Fn(Vec<(i64, T)>, &mut Task, &mut O::Local) + Send + Sync + 'static,
{
    fn close(&self, closing: &Closing<'_>) -> Result<Option<Counts>, Failure> {
        let locals = std::mem::take(&mut *self.rows.inbox.lock().expect("no panic while locked"));
        let mut chunks: Vec<(Tag, Vec<(i64, T)>)> = locals.into_iter().flat_map(|local| local.done).collect();
        if chunks.is_empty() {
            return Ok(None);
        }
        by_tag(&mut chunks, |(tag, _)| (0, *tag));
        let rows: u64 = chunks.iter().map(|(_, rows)| rows.len() as u64).sum();
        let numbered = (0u64..).zip(chunks).map(|(n, (_, rows))| (n, rows)).collect();
        let results = closing.workers.for_rows(rows).map(numbered, |(chunk, rows)| {
            let tag = Tag { partition: 0, chunk };
            let mut local = self.outlets.open();
            let mut task = Task::new(closing.batch, tag, closing.operators);
            let done = run_task(&mut task, |task| (self.body)(rows, task, &mut local));
            self.outlets.end_chunk(&mut local, tag);
            self.outlets.give_back(local);
            done.map_err(|what| what.at(Place::Rows, &task))?;
            Ok(task.into_counts(|_| Place::Rows))
        });
        let mut counts = Counts::new(closing.operators);
        for result in results {
            counts.add(&result?);
        }
        Ok(Some(counts))
    }

    fn abort(&self) {
        self.rows.discard();
        self.outlets.discard();
    }
}
