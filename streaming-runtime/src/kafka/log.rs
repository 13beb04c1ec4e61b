//! The log lines of librdkafka, as events of `tracing` under the target `streaming_runtime::kafka`.

use std::sync::Mutex;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel as Level;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::fault::Fault;
use super::trouble;

const TARGET: &str = "streaming_runtime::kafka";

/// A line of librdkafka's own log.
pub(crate) fn line(level: Level, facility: &str, message: &str) {
    let message = trouble::plain(message);
    // A connection that is lost is made again, and a request that failed is sent again: whoever waits for it in vain says so.
    let passes = facility == "FAIL" || message.ends_with("retrying");
    match level {
        Level::Debug => tracing::debug!(target: TARGET, facility, "{message}"),
        _ if passes => tracing::info!(target: TARGET, facility, "{message}"),
        Level::Emerg | Level::Alert | Level::Critical | Level::Error => {
            tracing::error!(target: TARGET, facility, "{message}");
        }
        Level::Warning => tracing::warn!(target: TARGET, facility, "{message}"),
        Level::Notice | Level::Info => tracing::info!(target: TARGET, facility, "{message}"),
    }
}

/// An error that the client gets over by itself: a broker is away, a request timed out.
pub(crate) fn error(error: &KafkaError, reason: &str) {
    let reason = trouble::plain(reason);
    let passes = [Code::BrokerTransportFailure, Code::Resolve, Code::OperationTimedOut];
    if error.rdkafka_error_code().is_some_and(|code| passes.contains(&code)) {
        tracing::info!(target: TARGET, "{reason}");
    } else {
        tracing::warn!(target: TARGET, "{reason}");
    }
}

/// What the client said last of brokers that it could not reach: connections are made in the background, and the calls that wait for one tell
/// of the timeout alone.
#[derive(Debug, Default)]
pub(crate) struct Heard(Mutex<Option<(String, bool)>>);

impl Heard {
    pub(crate) fn note(&self, error: &KafkaError, reason: &str) {
        // That all are away says less than what was wrong with one.
        if error.rdkafka_error_code() == Some(Code::AllBrokersDown) {
            return;
        }
        let mut last = self.0.lock().expect("no panic while locked");
        *last = Some((trouble::plain(reason), is_refused(error)));
    }

    /// Why a question was not answered, and what to do. Whoever asks has asked several times, so that a handshake that failed did so again.
    pub(crate) fn unanswered(&self, error: &KafkaError) -> Fault {
        let last = self.0.lock().expect("no panic while locked").clone();
        let (why, refused) = last.unwrap_or_else(|| (trouble::say(error), false));
        let message =
            format!("no broker answered ({why}): check the addresses, that the brokers run, and `security.protocol`");
        if refused || is_refused(error) {
            Fault::permanent(message)
        } else {
            Fault::passing(message)
        }
    }
}

fn is_refused(error: &KafkaError) -> bool {
    trouble::is_final(error) || trouble::is_handshake(error)
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
