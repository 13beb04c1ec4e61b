use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::producer::{Producer, ThreadedProducer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::trouble::Trouble;
use crate::kafka::deliveries::Deliveries;
use crate::kafka::fault::Fault;
use crate::kafka::limit::{Client, Late};
use crate::kafka::log::Quiet;
use crate::kafka::options;

/// How long the brokers may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the client may take to say who it is in a group, for which it asks nobody.
const AT_ONCE: Duration = Duration::from_secs(2);

/// The number of a batch, as an offset of a group of its own that is committed in the transaction of the batch.
///
/// It stands at partition 0 of every topic that is written to, so that it is found as long as one of them is still written to. A note stands beside it.
pub(super) struct Marker {
    /// Never joins its group.
    consumer: Client<BaseConsumer<Quiet>>,
    config: ClientConfig,
    group: String,
    note: String,
}

opaque_debug!([] Marker<>);

/// What was committed last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) batch: u64,
    pub(super) note: String,
}

impl Marker {
    pub(super) fn new(producer: &ClientConfig, group: &str, note: &str) -> Result<Self, String> {
        let mut config = options::reach(producer);
        config.set("group.id", group);
        config.set("enable.auto.commit", "false");
        // An offset whose transaction is not ended yet is waited for.
        config.set("isolation.level", "read_committed");
        Ok(Self {
            consumer: create(&config)?,
            config,
            group: group.to_owned(),
            note: note.to_owned(),
        })
    }

    /// The batch that was committed last.
    pub(super) fn last(&self, topics: &BTreeSet<String>) -> Result<Option<Marked>, Trouble> {
        let mut asked = TopicPartitionList::new();
        for topic in topics {
            asked.add_partition(topic, 0);
        }
        let answer = match ask(&self.consumer, asked.clone())? {
            Err(late) if late.rdkafka_error_code() == Some(Code::OperationTimedOut) && self.is_held(asked) => {
                return Err(Trouble::Held(self.group.clone()));
            }
            answer => answer.map_err(|error| self.denied(error))?,
        };
        let mut last: Option<Marked> = None;
        for element in answer.elements() {
            element.error().map_err(|error| self.denied(error))?;
            let Offset::Offset(next) = element.offset() else {
                continue;
            };
            if let Ok(batch) = u64::try_from(next - 1)
                && last.as_ref().is_none_or(|last| last.batch < batch)
            {
                let note = element.metadata().to_owned();
                last = Some(Marked { batch, note });
            }
        }
        Ok(last)
    }

    /// Whether the brokers would answer, were it not for a transaction.
    fn is_held(&self, asked: TopicPartitionList) -> bool {
        let mut config = self.config.clone();
        config.set("isolation.level", "read_uncommitted");
        create(&config).is_ok_and(|consumer| matches!(ask(&consumer, asked), Ok(Ok(_))))
    }

    /// Puts the number of the batch into the open transaction.
    pub(super) fn put(
        &self,
        producer: &Client<ThreadedProducer<Deliveries>>,
        topics: &BTreeSet<String>,
        batch: u64,
    ) -> Result<(), Trouble> {
        let next = i64::try_from(batch + 1).unwrap_or(i64::MAX);
        let mut list = TopicPartitionList::new();
        for topic in topics {
            let mut element = list.add_partition(topic, 0);
            element.set_offset(Offset::Offset(next))?;
            element.set_metadata(self.note.as_str());
        }
        let member = self
            .consumer
            .call("a question about a group", AT_ONCE, BaseConsumer::group_metadata)?;
        let member =
            member.ok_or_else(|| Trouble::Refused(format!("there is no kafka group `{}`", self.group).into()))?;
        offer(producer, list, member)?.map_err(|error| self.denied(error))
    }

    /// The group's name is not the user's, so that it is named where access to it is denied.
    fn denied(&self, error: KafkaError) -> Trouble {
        match error.rdkafka_error_code() {
            Some(Code::GroupAuthorizationFailed) => Trouble::Refused(Fault::permanent(format!(
                "access is denied to the group `{}`, in which batches are numbered: allow this user to read it",
                self.group
            ))),
            _ => Trouble::Kafka(error),
        }
    }
}

/// Puts offsets of a group into the open transaction.
///
/// librdkafka does not keep to the timeout where the group's coordinator goes away meanwhile (its issue 5456).
pub(super) fn offer(
    producer: &Client<ThreadedProducer<Deliveries>>,
    offsets: TopicPartitionList,
    member: ConsumerGroupMetadata,
) -> Result<Result<(), KafkaError>, Late> {
    producer.call("putting offsets into a transaction", PATIENCE, move |producer| {
        producer.send_offsets_to_transaction(&offsets, &member, PATIENCE)
    })
}

fn ask(
    consumer: &Client<BaseConsumer<Quiet>>,
    asked: TopicPartitionList,
) -> Result<Result<TopicPartitionList, KafkaError>, Late> {
    consumer.call("a question about committed offsets", PATIENCE, move |consumer| {
        consumer.committed_offsets(asked, PATIENCE)
    })
}

fn create(config: &ClientConfig) -> Result<Client<BaseConsumer<Quiet>>, String> {
    let created = BaseConsumer::from_config_and_context(config, Quiet);
    created.map(Client::new).map_err(|e| options::refused("consumer", &e))
}
