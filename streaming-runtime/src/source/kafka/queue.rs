use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rdkafka::consumer::BaseConsumer;
use rdkafka::consumer::base_consumer::PartitionQueue;

use super::context::Context;
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

impl Assigned {
    /// Splits the queue of a partition off the main queue.
    pub(super) fn new(
        consumer: &Arc<BaseConsumer<Context>>,
        shared: &Arc<Shared>,
        partition: Arc<Partition>,
        next: i64,
        end: Option<i64>,
    ) -> Result<Self, Fault> {
        let mut queue = consumer
            .split_partition_queue(&partition.topic, partition.id)
            .ok_or_else(|| Fault::passing(format!("there is no queue for {}", partition.label)))?;
        let ready = Arc::new(AtomicBool::new(true));
        let (flag, shared) = (Arc::clone(&ready), Arc::clone(shared));
        queue.set_nonempty_callback(move || {
            flag.store(true, Ordering::Release);
            shared.wake();
        });
        Ok(Self {
            partition,
            queue: Arc::new(queue),
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
