//! What the source and the sink of Kafka have in common: options of librdkafka, its log, what a run reads and the transaction it writes.

mod deliveries;
pub(crate) mod fault;
pub(crate) mod fit;
pub(crate) mod limit;
pub(crate) mod log;
pub(crate) mod options;
pub(crate) mod readers;
pub(crate) mod sender;
pub(crate) mod transaction;
pub(crate) mod trouble;
