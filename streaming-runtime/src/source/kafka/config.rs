use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use super::{Kafka, ids};
use crate::kafka::options::{self, Fixed};
use crate::run::Run;

const OURS: &[(&str, &str)] = &[
    // Promises. Offsets are committed with the batch that used them, never by a timer, and a position that is gone is an error: the
    // library's defaults lose data silently in both cases.
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    ("auto.offset.reset", "error"),
    ("check.crcs", "true"),
    ("enable.partition.eof", "true"),
    ("isolation.level", "read_committed"),
    // Speed. With the default backoff of a second, a consumer that has read enough ahead stands still for as long.
    ("fetch.queue.backoff.ms", "2"),
    ("fetch.wait.max.ms", "100"),
    // Memory: for each partition, because each has a queue of its own.
    ("queued.max.messages.kbytes", "16384"),
    ("queued.min.messages", "50000"),
    // Tells the ids of topics, and little else.
    ("debug", ids::DEBUG),
    // Changes of the cluster are seen soon.
    ("topic.metadata.refresh.interval.ms", "10000"),
    ("reconnect.backoff.max.ms", "1000"),
];

const FIXED: &[Fixed] = &[
    ("bootstrap.servers", "say `.brokers(…)`"),
    ("metadata.broker.list", "say `.brokers(…)`"),
    ("group.id", "say `.group(…)`"),
    (
        "auto.offset.reset",
        "say `.start(…)`; a position that is gone is always an error",
    ),
    ("enable.auto.commit", "offsets are committed when the batch is written"),
    (
        "enable.auto.offset.store",
        "offsets are committed when the batch is written",
    ),
    (
        "enable.partition.eof",
        "the runtime needs it to know when a partition is quiet",
    ),
    ("check.crcs", "a damaged message must not be taken for a good one"),
];

/// The consumer's configuration; the group is the pipeline's name where the user named none.
pub(super) fn consumer(source: &Kafka, run: &Run) -> Result<ClientConfig, String> {
    let pipeline = run.pipeline();
    if source.topics.is_empty() {
        return Err("kafka has no topics: name at least one".to_owned());
    }
    let mut config = options::client(pipeline, &source.brokers, OURS, FIXED, &source.config)?;
    if let Some(users) = config.get("debug").filter(|debug| !debug.contains(ids::DEBUG)) {
        let also = format!("{},{users}", ids::DEBUG);
        config.set("debug", also);
    }
    config.set_log_level(RDKafkaLogLevel::Debug);
    config.set("group.id", group(source, pipeline));
    // The newer protocol leaves the choice to the broker and refuses the option.
    if config.get("group.protocol") != Some("consumer") && config.get("partition.assignment.strategy").is_none() {
        config.set("partition.assignment.strategy", "cooperative-sticky");
    }
    // The one instance that may read is known by the same name when it is started again, with whichever directory: it need not wait until the group
    // takes its predecessor for dead, and one that still runs is told that it was replaced. Others are better forgotten as soon as they leave.
    if run.keeps_state() && config.get("group.instance.id").is_none() {
        let topics = crc32c::crc32c(source.topics.join(",").as_bytes());
        config.set("group.instance.id", format!("{pipeline}-{topics:08x}"));
    }
    Ok(config)
}

/// How long a member may keep others waiting: it would be taken for dead after twice that.
pub(super) fn patience(config: &ClientConfig) -> Duration {
    let limit = config.get("max.poll.interval.ms").and_then(|ms| ms.parse().ok());
    Duration::from_millis(limit.unwrap_or(300_000)) / 2
}

pub(super) fn group<'a>(source: &'a Kafka, pipeline: &'a str) -> &'a str {
    source.group.as_deref().unwrap_or(pipeline)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::kafka;

    #[test]
    fn every_default_is_an_option_of_the_library() {
        let config = consumer(&kafka("t").brokers("a:1"), &Run::new("orders")).unwrap();
        let native = config.create_native_config().unwrap();
        assert_eq!(native.get("group.id").unwrap(), "orders");
        assert_eq!(native.get("auto.offset.reset").unwrap(), "error");
        assert_eq!(
            native.get("partition.assignment.strategy").unwrap(),
            "cooperative-sticky"
        );
    }

    #[test]
    fn the_newer_group_protocol_is_left_alone() {
        let source = kafka("t")
            .brokers("a:1")
            .group("g")
            .config("group.protocol", "consumer");
        let config = consumer(&source, &Run::new("orders")).unwrap();
        assert_eq!(config.get("partition.assignment.strategy"), None);
        assert_eq!(config.get("group.id"), Some("g"));
    }

    #[test]
    fn an_instance_with_state_keeps_its_name() {
        let source = kafka("t").brokers("a:1");
        let name = |run: &Run| {
            consumer(&source, run)
                .unwrap()
                .get("group.instance.id")
                .map(str::to_owned)
        };
        assert_eq!(name(&Run::new("orders")), None);
        assert_eq!(name(&Run::checkpointed("orders", "7", false)), None);
        let first = name(&Run::checkpointed("orders", "7", true));
        assert!(
            first.as_ref().is_some_and(|name| name.starts_with("orders-")),
            "{first:?}"
        );
        assert_eq!(
            first,
            name(&Run::checkpointed("orders", "8", true)),
            "with another directory"
        );
    }

    #[test]
    fn offsets_are_not_the_librarys_to_commit() {
        let source = kafka("t").brokers("a:1").config("enable.auto.commit", true);
        let error = consumer(&source, &Run::new("orders")).unwrap_err();
        assert!(error.contains("when the batch is written"), "{error}");
    }
}
