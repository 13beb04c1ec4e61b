use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};

use super::ids::Ids;
use super::offsets::{Place, list};
use crate::kafka::fault::Fault;
use crate::kafka::log::{self, Heard};

/// What the consumer tells while it is polled.
///
/// A rebalance is only noted: the fetcher, which holds the queues, carries it out directly afterwards. Once the fetcher is gone, what the
/// group takes away is given back here, because a consumer cannot close before that.
#[derive(Debug, Default)]
pub(super) struct Context {
    changes: Mutex<Vec<Change>>,
    leaving: AtomicBool,
    ids: Ids,
    heard: Heard,
    /// How much was told.
    told: AtomicU64,
}

/// What a rebalance asks of this member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    Assign(Vec<Place>),
    /// `lost` where others may have them already.
    Revoke {
        places: Vec<Place>,
        lost: bool,
    },
}

impl Context {
    pub(super) fn take_changes(&self) -> Vec<Change> {
        std::mem::take(&mut *self.changes.lock().expect("no panic while locked"))
    }

    /// The ids of topics.
    pub(super) fn ids(&self) -> &Ids {
        &self.ids
    }

    /// Why a question was not answered.
    pub(super) fn unanswered(&self, error: &KafkaError) -> Fault {
        self.heard.unanswered(error)
    }

    /// How often anything was told so far. A poll that tells nothing has found an empty queue.
    pub(super) fn told(&self) -> u64 {
        self.told.load(Ordering::Relaxed)
    }

    fn tells(&self) {
        self.told.fetch_add(1, Ordering::Relaxed);
    }

    /// The fetcher stops: rebalances are answered at once from now on.
    pub(super) fn leave(&self) {
        self.leaving.store(true, Ordering::Release);
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.tells();
        self.ids.hear(message);
        log::line(level, facility, message);
    }

    // The end of a partition comes as an error, too; the queue of the partition tells of it.
    fn error(&self, error: KafkaError, reason: &str) {
        if !matches!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::PartitionEOF)) {
            self.tells();
            self.heard.note(&error, reason);
            log::error(&error, reason);
        }
    }

    fn stats_raw(&self, _: &[u8]) {}
}

impl ConsumerContext for Context {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, event: RDKafkaRespErr, list: &mut TopicPartitionList) {
        self.tells();
        let places = list
            .elements()
            .iter()
            .map(|e| (e.topic().to_owned(), e.partition()))
            .collect();
        let change = if event == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            Change::Assign(places)
        } else {
            Change::Revoke {
                places,
                lost: consumer.assignment_lost(),
            }
        };
        if self.leaving.load(Ordering::Acquire) {
            give_up(consumer, &change);
        } else {
            self.changes.lock().expect("no panic while locked").push(change);
        }
    }
}

/// Answers a rebalance without taking anything: a consumer cannot leave its group before it has answered.
pub(super) fn give_up(consumer: &BaseConsumer<Context>, change: &Change) {
    let result = match (consumer.rebalance_protocol(), change) {
        (RebalanceProtocol::Cooperative, Change::Assign(_)) => consumer.incremental_assign(&TopicPartitionList::new()),
        (RebalanceProtocol::Cooperative, Change::Revoke { places, .. }) => {
            list(places, Offset::Invalid).and_then(|list| consumer.incremental_unassign(&list))
        }
        _ => consumer.unassign(),
    };
    if let Err(error) = result {
        tracing::warn!(target: "streaming_runtime::kafka", %error, "cannot give partitions back to the group");
    }
}
