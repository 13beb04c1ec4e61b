use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rdkafka::consumer::BaseConsumer;
use rdkafka::consumer::base_consumer::PartitionQueue;

use super::context::Context;
use super::offsets::Place;
use super::partition::Partition;
use super::shared::Shared;
use super::turns::Turn;
use crate::kafka::fault::Fault;

/// A partition that the group assigned to this member, and its queue.
pub(super) struct Assigned {
    pub(super) partition: Arc<Partition>,
    pub(super) queue: Arc<PartitionQueue<Context>>,
    /// The queue may hold something: set by librdkafka when it is no longer empty, and by the fetcher when it left something there.
    pub(super) ready: Arc<AtomicBool>,
    /// The offset of the next message.
    pub(super) next: i64,
    /// Where reading ends; `None` where it does not.
    pub(super) end: Option<i64>,
    /// It was read to `end`.
    pub(super) done: bool,
    pub(super) turn: Turn,
}

/// The queues that were split off so far, by partition.
///
/// Chunks own the queue that they came from, and a batch keeps its chunks until it closes: longer than the partition may be assigned. librdkafka has one
/// callback for each partition, whichever queue set it, and the client library clears it whenever a queue of the partition is dropped. A chunk that dropped
/// the last owner of an old queue would silence the partition after it was assigned again. Therefore this owns every queue as well, and drops an old one
/// only directly before the callback of the next is set.
#[derive(Default)]
pub(super) struct Queues(HashMap<Place, Vec<Arc<PartitionQueue<Context>>>>);

impl Queues {
    /// Adds the next queue of a partition, and has it call `wake` when it is no longer empty.
    fn add(
        &mut self,
        place: Place,
        mut queue: PartitionQueue<Context>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Arc<PartitionQueue<Context>> {
        let all = self.0.entry(place).or_default();
        // Those that no chunk borrows from any more. Nobody but this can hand out another owner.
        all.retain(|old| Arc::strong_count(old) > 1);
        queue.set_nonempty_callback(wake);
        let queue = Arc::new(queue);
        all.push(Arc::clone(&queue));
        queue
    }
}

impl Assigned {
    /// Splits the queue of a partition off the main queue.
    pub(super) fn new(
        consumer: &Arc<BaseConsumer<Context>>,
        shared: &Arc<Shared>,
        queues: &mut Queues,
        partition: Arc<Partition>,
        next: i64,
        end: Option<i64>,
    ) -> Result<Self, Fault> {
        let queue = consumer
            .split_partition_queue(&partition.topic, partition.id)
            .ok_or_else(|| Fault::passing(format!("there is no queue for {}", partition.label)))?;
        let ready = Arc::new(AtomicBool::new(true));
        let (flag, shared) = (Arc::clone(&ready), Arc::clone(shared));
        let queue = queues.add((partition.topic.clone(), partition.id), queue, move || {
            flag.store(true, Ordering::Release);
            shared.wake();
        });
        Ok(Self {
            partition,
            queue,
            ready,
            next,
            end,
            done: false,
            turn: Turn::default(),
        })
    }

    /// There may be something to read.
    pub(super) fn is_ready(&self) -> bool {
        !self.done && self.ready.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rdkafka::consumer::Consumer;
    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
    use rdkafka::{ClientConfig, Offset};

    use super::super::chunk::Messages;
    use super::super::fill::{Limits, fill};
    use super::super::note::Note;
    use super::super::offsets::list;
    use super::*;
    use crate::clock::WallClock;

    const PATIENCE: Duration = Duration::from_mins(1);
    const POLL: Duration = Duration::from_millis(10);

    /// Serves the consumer until `found` finds something.
    fn until<T>(consumer: &BaseConsumer<Context>, mut found: impl FnMut() -> Option<T>) -> T {
        let began = WallClock::machine();
        loop {
            drop(consumer.poll(POLL));
            if let Some(found) = found() {
                return found;
            }
            assert!(began.elapsed() < PATIENCE, "the partition is silent");
        }
    }

    fn produce(producer: &BaseProducer, value: &str) {
        producer
            .send(BaseRecord::<str, str>::to("t").partition(0).payload(value))
            .unwrap();
        producer.flush(PATIENCE).unwrap();
    }

    /// Takes what the partition has, once it says that it has something.
    fn read(consumer: &BaseConsumer<Context>, assigned: &mut Assigned) -> Messages {
        let limits = Limits { rows: 10, bytes: 1000 };
        until(consumer, || {
            if !assigned.ready.swap(false, Ordering::AcqRel) {
                return None;
            }
            let (messages, filled, _) = fill(assigned, limits);
            assigned.next = filled.next;
            messages
        })
    }

    #[test]
    fn chunks_that_outlive_an_assignment_do_not_silence_the_next() {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("t", 1, 1).unwrap();
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", cluster.bootstrap_servers())
            .set("group.id", "g");
        let producer: BaseProducer = config.create().unwrap();
        let shared = Arc::new(Shared::new(100, 100));
        let consumer = Arc::new(super::super::open::connect(&config, &shared).unwrap());
        let partition = Arc::new(Partition::new(0, "t", 0, Note::default()));
        let mut queues = Queues::default();
        let mut kept = Vec::new();
        let mut next = 0;
        for life in 0..3 {
            let mut assigned =
                Assigned::new(&consumer, &shared, &mut queues, Arc::clone(&partition), next, None).unwrap();
            let places = [("t".to_owned(), 0)];
            consumer.assign(&list(&places, Offset::Offset(next)).unwrap()).unwrap();
            // What an earlier life has read is dropped after the queue was split off anew.
            kept.clear();
            for value in ["a", "b"] {
                produce(&producer, value);
                kept.push(read(&consumer, &mut assigned));
            }
            next = assigned.next;
            assert_eq!(next, 2 * (life + 1));
            consumer.unassign().unwrap();
        }
        // No more queues than are needed stay behind.
        assert_eq!(queues.0.values().map(Vec::len).sum::<usize>(), 2);
        drop((kept, queues));
    }
}
