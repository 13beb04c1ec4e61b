use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use crate::kafka::options::{self, Fixed};

/// librdkafka's own default of `message.max.bytes`.
pub(super) const LARGEST: usize = 1_000_000;

const OURS: &[(&str, &str)] = &[
    // Promises: acknowledged by all replicas in sync; retries neither repeat nor reorder.
    ("acks", "all"),
    ("enable.idempotence", "true"),
    // As in Kafka's own clients, so that topics written by both can be joined by key.
    ("partitioner", "murmur2_random"),
    // A batch is staged as a whole and then sent at once: there is nothing to wait for. Not 0: every record would travel alone.
    ("linger.ms", "1"),
    ("batch.num.messages", "100000"),
    ("queue.buffering.max.messages", "500000"),
    ("queue.buffering.max.kbytes", "131072"),
    ("reconnect.backoff.max.ms", "1000"),
    // The first wait of several that double: brokers put a new transaction off for the moment in which they end the one before.
    ("retry.backoff.ms", "2"),
];

const FIXED: &[Fixed] = &[
    ("bootstrap.servers", "say `.brokers(…)`"),
    ("metadata.broker.list", "say `.brokers(…)`"),
    ("acks", "a batch is written when all replicas in sync have it"),
    (
        "request.required.acks",
        "a batch is written when all replicas in sync have it",
    ),
    ("enable.idempotence", "retries must neither repeat nor reorder records"),
    ("transactional.id", "transactions are the runtime's to manage"),
    (
        "delivery.report.only.error",
        "the runtime waits for the report of every record",
    ),
];

/// How long a transaction may take, in milliseconds. While a broker is away a batch waits for it, so this is also how long a broker may be away.
/// And it is how long readers stand still behind a transaction of an instance that died and is not started again.
const TRANSACTION: (&str, &str) = ("transaction.timeout.ms", "120000");

/// The producer's configuration.
pub(super) fn producer(brokers: &str, users: &[(String, String)], pipeline: &str) -> Result<ClientConfig, String> {
    options::client(pipeline, brokers, OURS, FIXED, users)
}

/// The configuration of a producer that writes in transactions of this id.
pub(super) fn transactional(
    brokers: &str,
    users: &[(String, String)],
    pipeline: &str,
    id: &str,
) -> Result<ClientConfig, String> {
    let mut config = producer(brokers, users, pipeline)?;
    config.set("transactional.id", id);
    let (key, default) = TRANSACTION;
    if config.get(key).is_none() {
        config.set(key, default);
    }
    tell_of_lost_connections(&mut config);
    Ok(config)
}

/// The client tells of a connection that it lost, or a request that it gave up, in its log alone: as an error only where a broker cannot be
/// reached, and at the usual level once in 30 s. What comes with this is a handful of lines for each transaction, and none for a record.
fn tell_of_lost_connections(config: &mut ClientConfig) {
    let also = config.get("debug").map(|users| format!("broker,{users}"));
    config.set("debug", also.as_deref().unwrap_or("broker"));
    config.set_log_level(RDKafkaLogLevel::Debug);
}

/// The size of the largest record that may be sent, in bytes.
pub(super) fn largest(users: &[(String, String)]) -> usize {
    let set = users.iter().rfind(|(key, _)| key == "message.max.bytes");
    set.and_then(|(_, value)| value.parse().ok()).unwrap_or(LARGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_an_option_of_the_library() {
        let config = producer("a:1", &[], "orders").unwrap();
        let native = config.create_native_config().unwrap();
        assert_eq!(native.get("enable.idempotence").unwrap(), "true");
        assert_eq!(native.get("partitioner").unwrap(), "murmur2_random");
        assert_eq!(native.get("message.max.bytes").unwrap(), LARGEST.to_string());
    }

    #[test]
    fn the_time_for_a_transaction_is_the_users_to_set() {
        let config = transactional("a:1", &[], "orders", "orders-7").unwrap();
        let native = config.create_native_config().unwrap();
        assert_eq!(native.get("transactional.id").unwrap(), "orders-7");
        assert_eq!(native.get("transaction.timeout.ms").unwrap(), "120000");
        let users = [("transaction.timeout.ms".to_owned(), "9000".to_owned())];
        let config = transactional("a:1", &users, "orders", "orders-7").unwrap();
        assert_eq!(config.get("transaction.timeout.ms"), Some("9000"));
    }

    #[test]
    fn lost_connections_are_told_of_also_where_the_user_wants_to_know_more() {
        let of = |users: &[(String, String)]| {
            let config = transactional("a:1", users, "orders", "orders-7").unwrap();
            assert!(matches!(config.log_level, RDKafkaLogLevel::Debug));
            config.get("debug").map(str::to_owned)
        };
        assert_eq!(of(&[]).as_deref(), Some("broker"));
        let users = [("debug".to_owned(), "eos".to_owned())];
        assert_eq!(of(&users).as_deref(), Some("broker,eos"));
    }

    #[test]
    fn acknowledgement_cannot_be_weakened() {
        let users = [("acks".to_owned(), "1".to_owned())];
        let error = producer("a:1", &users, "orders").unwrap_err();
        assert!(error.contains("all replicas in sync"), "{error}");
    }

    #[test]
    fn the_last_limit_counts() {
        let users = [("message.max.bytes", "5"), ("message.max.bytes", "7")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(largest(&users), 7);
        assert_eq!(largest(&[]), LARGEST);
    }
}
