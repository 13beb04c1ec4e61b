use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::{BatchId, Decided, Delivery, Part};
use crate::bench::Message;

/// What a sink on the test bench has written. It outlasts the pipeline, as a topic, a directory or a table would.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    visible: Vec<Message>,
    /// What is durable and not visible.
    prepared: Option<(BatchId, Vec<Message>)>,
    /// The last batch that was made visible.
    last: Option<BatchId>,
    /// What was written before this test is not known.
    has_past: bool,
}

impl Shelf {
    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().expect("no panic while locked")
    }

    /// What readers see.
    pub(crate) fn visible(&self) -> Vec<Message> {
        self.content().visible.clone()
    }

    /// An earlier test wrote to it, and nobody knows what.
    pub(crate) fn has_past(&self) {
        self.content().has_past = true;
    }

    /// Takes away what readers see.
    pub(crate) fn take(&self) -> Vec<Message> {
        std::mem::take(&mut self.content().visible)
    }
}

/// What the sinks of pipelines have written, by name.
#[derive(Debug, Default)]
pub struct Shelves {
    /// Of all lives.
    all: BTreeMap<String, Shelf>,
    /// Of this one.
    present: BTreeMap<&'static str, Shelf>,
}

impl Shelves {
    /// A pipeline begins, and its sinks have no shelves yet.
    pub(crate) fn begin(&mut self) {
        self.present.clear();
    }

    /// The shelf of a sink of the pipeline.
    pub(crate) fn named(&mut self, sink: &'static str) -> Shelf {
        let kept = self.all.entry(sink.to_owned()).or_default();
        self.present.entry(sink).or_insert(kept.clone()).clone()
    }

    /// A sink has another name.
    pub(crate) fn rename(&mut self, was: &str, name: &str) {
        if !self.all.contains_key(name)
            && let Some(shelf) = self.all.remove(was)
        {
            self.all.insert(name.to_owned(), shelf);
        }
    }

    /// Those of the sinks of the pipeline.
    pub(crate) fn present(&self) -> &BTreeMap<&'static str, Shelf> {
        &self.present
    }
}

/// Stands in the place of a sink on the test bench, and keeps that sink's promise: what a crash does to its output it does to this one.
#[derive(Debug)]
pub(crate) struct StandIn {
    shelf: Shelf,
    delivery: Delivery,
    /// What is gone with the process.
    prepared: Vec<Message>,
}

impl StandIn {
    pub(crate) fn new(shelf: Shelf, delivery: Delivery) -> Self {
        Self {
            shelf,
            delivery,
            prepared: Vec::new(),
        }
    }

    /// Does at once what the sink would have done.
    pub(crate) fn work(&mut self, part: Part<Message>, batch: &BatchId) -> Option<Decided> {
        match part {
            Part::Open | Part::Close => {}
            Part::Decided => return Some(self.decided(batch)),
            Part::Resume(_) => self.resume(batch),
            Part::Write { prepare, commit } => {
                if let Some(messages) = prepare {
                    self.prepare(batch, messages);
                }
                if commit {
                    self.commit(batch);
                }
            }
            Part::Abort => self.abort(),
        }
        None
    }

    fn decided(&self, asked: &BatchId) -> Decided {
        let content = self.shelf.content();
        let last = content.last.clone();
        match last.filter(|last| last.pipeline == asked.pipeline && last.sink == asked.sink) {
            None if content.has_past => Decided::Unknown,
            None => Decided::Nothing,
            Some(last) => Decided::Batch {
                checkpoint: last.checkpoint,
                batch: last.batch,
            },
        }
    }

    /// Drops what was prepared behind `last`.
    fn resume(&self, last: &BatchId) {
        self.shelf.content().prepared.take_if(|(batch, _)| batch != last);
    }

    fn prepare(&mut self, batch: &BatchId, messages: Vec<Message>) {
        if self.delivery == Delivery::Transactional {
            self.shelf.content().prepared = Some((batch.clone(), messages));
        } else {
            self.prepared = messages;
        }
    }

    fn commit(&mut self, batch: &BatchId) {
        let mut content = self.shelf.content();
        let is_there = content.last.as_ref() == Some(batch);
        let prepared = match self.delivery {
            Delivery::Transactional => content
                .prepared
                .take()
                .map(|(_, messages)| messages)
                .unwrap_or_default(),
            Delivery::Idempotent if is_there => Vec::new(),
            Delivery::Idempotent | Delivery::Deciding | Delivery::AtLeastOnce | Delivery::InMemory => {
                std::mem::take(&mut self.prepared)
            }
        };
        content.visible.extend(prepared);
        content.last = Some(batch.clone());
    }

    fn abort(&mut self) {
        self.prepared.clear();
        self.shelf.content().prepared = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(number: u64) -> BatchId {
        BatchId {
            pipeline: "p".to_owned(),
            sink: "s".to_owned(),
            checkpoint: "c".to_owned(),
            batch: number,
        }
    }

    /// What readers see of a batch after a crash before its commit and one after it, each of which the journal makes good for.
    fn survived(delivery: Delivery, gives_again: bool) -> usize {
        let shelf = Shelf::default();
        let stand_in = || StandIn::new(shelf.clone(), delivery);
        let mut before = stand_in();
        before.prepare(&batch(0), vec![Message::new("a")]);
        drop(before);
        for _ in 0..2 {
            let mut next = stand_in();
            next.resume(&batch(0));
            if gives_again {
                next.prepare(&batch(0), vec![Message::new("a")]);
            }
            next.commit(&batch(0));
        }
        shelf.visible().len()
    }

    #[test]
    fn each_keeps_the_promise_of_the_sink() {
        assert_eq!(survived(Delivery::Transactional, false), 1);
        assert_eq!(survived(Delivery::Idempotent, true), 1);
        assert_eq!(survived(Delivery::AtLeastOnce, true), 2);
        // Nobody gives it again: what its transaction did not commit is gone.
        assert_eq!(survived(Delivery::Deciding, false), 0);
    }

    #[test]
    fn what_was_prepared_behind_the_last_batch_is_dropped() {
        let shelf = Shelf::default();
        let mut sink = StandIn::new(shelf.clone(), Delivery::Transactional);
        sink.prepare(&batch(1), vec![Message::new("a")]);
        sink.resume(&batch(0));
        sink.commit(&batch(0));
        assert!(shelf.visible().is_empty());
    }
}
