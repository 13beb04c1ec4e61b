//! The log lines of librdkafka, as events of `tracing` under the target `streaming_runtime::kafka`.

use rdkafka::config::RDKafkaLogLevel as Level;
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
