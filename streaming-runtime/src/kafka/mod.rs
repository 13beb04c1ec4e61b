//! What the source and the sink of Kafka have in common: options of librdkafka, its log.

pub(crate) mod log;
pub(crate) mod options;
pub(crate) mod trouble;
