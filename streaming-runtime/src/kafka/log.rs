//! The log lines of librdkafka, as events of `tracing` under the target `streaming_runtime::kafka`.

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel as Level;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;

const TARGET: &str = "streaming_runtime::kafka";

/// A line of librdkafka's own log.
pub(crate) fn line(level: Level, facility: &str, message: &str) {
    match level {
        Level::Emerg | Level::Alert | Level::Critical | Level::Error => {
            tracing::error!(target: TARGET, facility, "{message}");
        }
        Level::Warning => tracing::warn!(target: TARGET, facility, "{message}"),
        Level::Notice | Level::Info => tracing::info!(target: TARGET, facility, "{message}"),
        Level::Debug => tracing::debug!(target: TARGET, facility, "{message}"),
    }
}

/// An error that the client gets over by itself: a broker is away, a request timed out.
pub(crate) fn error(error: &KafkaError, reason: &str) {
    tracing::warn!(target: TARGET, %error, "{reason}");
}

/// A client that has nothing to tell but its log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quiet;

impl ClientContext for Quiet {
    fn log(&self, level: Level, facility: &str, message: &str) {
        line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self::error(&error, reason);
    }

    fn stats_raw(&self, _: &[u8]) {}
}

impl ConsumerContext for Quiet {}
