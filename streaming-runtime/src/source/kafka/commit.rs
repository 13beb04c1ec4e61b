use std::sync::Arc;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::context::Context;
use super::partition::Partition;
use crate::kafka::trouble::{is_final, is_rebalance};

const TARGET: &str = "streaming_runtime::kafka";

/// Commits offsets to the group and waits for the answer; false when they are to be committed again later.
///
/// # Errors
/// A message when trying again cannot help.
pub(super) fn commit(consumer: &BaseConsumer<Context>, offsets: &[(Arc<Partition>, i64)]) -> Result<bool, String> {
    match try_commit(consumer, offsets) {
        Ok(()) => Ok(true),
        Err(error) if is_rebalance(&error) => {
            tracing::info!(target: TARGET, %error, "offsets are committed after the rebalance, or by the member that reads on");
            Ok(false)
        }
        Err(error) if is_final(&error) => Err(format!("cannot commit offsets to the group: {error}")),
        Err(error) => {
            tracing::warn!(target: TARGET, %error, "offsets are committed with the next batch");
            Ok(false)
        }
    }
}

fn try_commit(consumer: &BaseConsumer<Context>, offsets: &[(Arc<Partition>, i64)]) -> Result<(), KafkaError> {
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for (partition, next) in offsets {
        list.add_partition_offset(&partition.topic, partition.id, Offset::Offset(*next))?;
    }
    consumer.commit(&list, CommitMode::Sync)
}
