use std::sync::{Arc, Weak};
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};

use super::call::call;
use super::commit;
use super::context::Context;
use super::partition::Partition;
use crate::clock::WallClock;
use crate::kafka::fault::Fault;
use crate::kafka::trouble::say;

/// How long a member that the group has forgotten may take to join it again.
const REJOINING: Duration = Duration::from_mins(1);
const BETWEEN: Duration = Duration::from_millis(20);
/// How long the client may take to say which member it is, for which it asks nobody.
const AT_ONCE: Duration = Duration::from_secs(2);

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
    pub(crate) fn offer(&self) -> Result<(TopicPartitionList, ConsumerGroupMetadata), Fault> {
        let member = self.member()?;
        let named = self
            .offsets
            .iter()
            .map(|(partition, next)| (&**partition, *next, &partition.note));
        let unnamed = |e| Fault::of(&e, format!("cannot name the offsets of the kafka source: {}", say(&e)));
        let offsets = commit::offsets(named).map_err(unnamed)?;
        Ok((offsets, member))
    }

    /// As which member the offsets are committed. Waits while it is open whose the partitions are.
    fn member(&self) -> Result<ConsumerGroupMetadata, Fault> {
        let began = WallClock::machine();
        loop {
            let consumer = self.consumer.upgrade();
            let consumer = consumer.ok_or_else(|| Fault::passing("the kafka source is closed"))?;
            let asked = call(&consumer, "a question about the group", AT_ONCE, |consumer| {
                Ok(consumer.group_metadata())
            });
            let member = asked
                .map_err(|error| {
                    let message = format!("cannot ask as which member offsets are committed: {}", say(&error));
                    Fault::of(&error, message)
                })?
                .ok_or_else(|| Fault::permanent("the kafka source has no group to commit offsets to"))?;
            // Looked at after the generation. A member that lost its place has none, and brokers take offsets without one from anybody; but by then its
            // assignment is lost, or the partitions are suspended or taken from it.
            let lost = consumer.assignment_lost();
            drop(consumer);
            let mut partitions = self.offsets.iter().map(|(partition, _)| partition);
            let open = partitions.clone().find(|partition| lost || partition.is_suspended());
            let gone = partitions.find(|partition| partition.is_revoked());
            match (gone, open) {
                (None, None) => return Ok(member),
                (None, Some(_)) if began.elapsed() < REJOINING => std::thread::park_timeout(BETWEEN),
                (Some(partition), _) | (None, Some(partition)) => {
                    return Err(Fault::passing(format!(
                        "{} went to another member of the group before the batch that read it was written: start the pipeline again; if \
                         that happens often, write smaller batches, or raise `session.timeout.ms` and `max.poll.interval.ms`",
                        partition.label
                    )));
                }
            }
        }
    }
}
