use std::sync::{Arc, Weak};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};

use super::commit;
use super::context::Context;
use super::partition::Partition;
use crate::kafka::trouble::say;

/// Offsets of a member's partitions, to be committed to its group in the transaction of a sink.
pub(crate) struct Enlisted {
    pub(super) consumer: Weak<BaseConsumer<Context>>,
    pub(super) offsets: Vec<(Arc<Partition>, i64)>,
}

opaque_debug!([] Enlisted<>);

impl Enlisted {
    /// The offsets, and as which member of which generation they are committed.
    ///
    /// # Errors
    /// A message when one of the partitions is no longer this member's.
    pub(crate) fn offer(&self) -> Result<(TopicPartitionList, ConsumerGroupMetadata), String> {
        let consumer = self.consumer.upgrade().ok_or("the kafka source is closed")?;
        let member = consumer
            .group_metadata()
            .ok_or("the kafka source has no group to commit offsets to")?;
        // Looked at behind the generation. A member that lost its place has none, and brokers take offsets without one from anybody; but by then its
        // assignment is lost, or already taken from the partitions.
        let lost = consumer.assignment_lost();
        if let Some((partition, _)) = self
            .offsets
            .iter()
            .find(|(partition, _)| lost || partition.is_revoked())
        {
            return Err(format!(
                "{} went to another member of the group before the batch that read it was written: start the pipeline again; if \
                 that happens often, write smaller batches, or raise `session.timeout.ms` and `max.poll.interval.ms`",
                partition.label
            ));
        }
        let named = self
            .offsets
            .iter()
            .map(|(partition, next)| (&**partition, *next, &partition.note));
        let offsets =
            commit::offsets(named).map_err(|e| format!("cannot name the offsets of the kafka source: {}", say(&e)))?;
        Ok((offsets, member))
    }
}
