//! Questions about offsets: where partitions begin and end, what is committed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::call::call;
use super::context::Context;
use super::note::Note;

/// A topic and a partition of it.
pub(super) type Place = (String, i32);

/// How long one question to the brokers may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the group has committed of each of `places`, and what was written beside it.
pub(super) fn committed(
    consumer: &Arc<BaseConsumer<Context>>,
    places: &[Place],
) -> Result<HashMap<Place, (i64, Note)>, KafkaError> {
    let asked = list(places, Offset::Invalid)?;
    call(
        consumer,
        "a question about committed offsets",
        PATIENCE,
        move |consumer| {
            let answer = consumer.committed_offsets(asked, PATIENCE)?;
            let mut found = HashMap::new();
            for element in answer.elements() {
                element.error()?;
                if let Offset::Offset(offset) = element.offset() {
                    let place = (element.topic().to_owned(), element.partition());
                    found.insert(place, (offset, Note::read(element.metadata())));
                }
            }
            Ok(found)
        },
    )
}

/// The first ([`Offset::Beginning`]) or the next ([`Offset::End`]) offset of each of `places`; of what is committed, where only that is
/// read.
pub(super) fn at(
    consumer: &Arc<BaseConsumer<Context>>,
    places: &[Place],
    offset: Offset,
) -> Result<HashMap<Place, i64>, KafkaError> {
    let answers = ask(consumer, list(places, offset)?)?;
    Ok(answers
        .into_iter()
        .map(|(place, offset)| (place, offset.unwrap_or(0)))
        .collect())
}

/// Asks for offsets by timestamp, in one request for each broker; beginning and end are timestamps, too.
pub(super) fn ask(
    consumer: &Arc<BaseConsumer<Context>>,
    list: TopicPartitionList,
) -> Result<Vec<(Place, Option<i64>)>, KafkaError> {
    if list.count() == 0 {
        return Ok(Vec::new());
    }
    call(consumer, "a question about offsets", PATIENCE, move |consumer| {
        let answer = consumer.offsets_for_times(list, PATIENCE)?;
        let mut offsets = Vec::new();
        for element in answer.elements() {
            element.error()?;
            let offset = match element.offset() {
                Offset::Offset(offset) => Some(offset),
                _ => None,
            };
            offsets.push(((element.topic().to_owned(), element.partition()), offset));
        }
        Ok(offsets)
    })
}

/// A list of partitions, all with this offset.
pub(super) fn list(places: &[Place], offset: Offset) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::with_capacity(places.len());
    for (topic, partition) in places {
        list.add_partition_offset(topic, *partition, offset)?;
    }
    Ok(list)
}
