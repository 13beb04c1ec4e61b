use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::call::call;
use super::context::Context;
use super::note::Note;
use super::partition::Partition;
use crate::kafka::fault::Fault;
use crate::kafka::trouble::{is_final, is_rebalance, say};

const TARGET: &str = "streaming_runtime::kafka";
/// How long the brokers may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Commits offsets to the group and waits for the answer; false when they are to be committed again later.
///
/// # Errors
/// A message when trying again cannot help.
pub(super) fn commit(consumer: &Arc<BaseConsumer<Context>>, offsets: TopicPartitionList) -> Result<bool, Fault> {
    let committed = call(consumer, "committing offsets", PATIENCE, move |consumer| {
        consumer.commit(&offsets, CommitMode::Sync)
    });
    match committed {
        Ok(()) => Ok(true),
        Err(error) if is_rebalance(&error) => {
            tracing::info!(target: TARGET, %error, "offsets are committed after the rebalance, or by the member that reads on");
            Ok(false)
        }
        Err(error) if is_final(&error) => Err(Fault::permanent(format!(
            "cannot commit offsets to the group: {}",
            say(&error)
        ))),
        Err(error) => {
            tracing::info!(target: TARGET, %error, "offsets are committed with the next batch");
            Ok(false)
        }
    }
}

/// The next offsets of partitions, each with the note that goes beside it.
pub(super) fn offsets<'p>(
    offsets: impl Iterator<Item = (&'p Partition, i64, &'p Note)>,
) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    for (partition, next, note) in offsets {
        let mut element = list.add_partition(&partition.topic, partition.id);
        element.set_offset(Offset::Offset(next))?;
        element.set_metadata(note.to_string());
    }
    Ok(list)
}
