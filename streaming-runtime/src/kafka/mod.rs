//! What the source and the sink of Kafka have in common: options of librdkafka, its log, the transaction of a run.

mod deliveries;
pub(crate) mod log;
pub(crate) mod options;
pub(crate) mod sender;
pub(crate) mod transaction;
pub(crate) mod trouble;
