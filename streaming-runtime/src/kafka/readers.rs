//! What the Kafka sources of a run read: no two the same topic in the same group.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};

/// The place in a run for what its Kafka sources read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readers(Arc<Mutex<BTreeSet<Read>>>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Read {
    brokers: String,
    group: String,
    topic: String,
}

/// What one source reads, as long as it does.
#[derive(Debug)]
#[must_use]
pub(crate) struct Reading {
    readers: Readers,
    reads: Vec<Read>,
}

impl Readers {
    /// A source reads these topics as a member of `group`.
    ///
    /// Two in one group would share the partitions of a topic, so that each stream held some of the records; in a pipeline with state both
    /// would also go by one name, and keep each other out.
    ///
    /// # Errors
    /// A message when another source of the run reads one of the topics in that group.
    pub(crate) fn add(&self, brokers: &str, group: &str, topics: &[String]) -> Result<Reading, String> {
        let mut reading = Reading {
            readers: self.clone(),
            reads: Vec::new(),
        };
        for topic in topics {
            let read = Read {
                brokers: brokers.to_owned(),
                group: group.to_owned(),
                topic: topic.clone(),
            };
            if !self.all().insert(read.clone()) {
                return Err(format!(
                    "another kafka source of this pipeline reads topic `{topic}` in group `{group}` too, and a group gives each record to one of its \
                     readers: read the topic once and use that stream for both, or give one of the sources a `.group(…)` of its own"
                ));
            }
            reading.reads.push(read);
        }
        Ok(reading)
    }

    fn all(&self) -> MutexGuard<'_, BTreeSet<Read>> {
        self.0.lock().expect("no panic while locked")
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let mut all = self.readers.all();
        for read in &self.reads {
            all.remove(read);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Run;
    use crate::source::{Open, Source, kafka};

    fn topics(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_topic_is_read_once_in_a_group() {
        let readers = Readers::default();
        let first = readers.add("a:1", "g", &topics(&["orders", "refunds"])).unwrap();
        let error = readers.add("a:1", "g", &topics(&["bills", "orders"])).unwrap_err();
        assert!(error.contains("topic `orders` in group `g`"), "{error}");
        drop(first);
        let _second = readers.add("a:1", "g", &topics(&["bills", "orders"])).unwrap();
    }

    #[tokio::test]
    async fn a_source_is_refused_before_it_connects() {
        let run = Run::new("bills");
        let _first = run.kafka_readers().add("a:1", "bills", &topics(&["orders"])).unwrap();
        let open = Open {
            bounded: true,
            resume: Vec::new(),
            run,
            chunk_rows: 1,
            chunk_bytes: 1,
        };
        let error = kafka("orders").brokers("a:1").open(open).await.unwrap_err();
        assert!(error.to_string().contains("in group `bills` too"), "{error}");
    }

    #[test]
    fn other_topics_groups_and_brokers_are_others() {
        let readers = Readers::default();
        let _one = readers.add("a:1", "g", &topics(&["orders"])).unwrap();
        let _topic = readers.add("a:1", "g", &topics(&["refunds"])).unwrap();
        let _group = readers.add("a:1", "h", &topics(&["orders"])).unwrap();
        let _brokers = readers.add("b:1", "g", &topics(&["orders"])).unwrap();
    }
}
