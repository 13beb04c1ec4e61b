//! Errors that come while partitions are read: which of them end the source.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::call::call;
use super::fetcher::Fetcher;
use super::open;
use crate::clock::WallClock;
use crate::kafka::fault::Fault;
use crate::kafka::trouble::{is_final, is_handshake, say};

const TARGET: &str = "streaming_runtime::kafka";
/// How many handshakes may fail while nothing is read, before the brokers are asked whether any of them knows this client. The client tells of a broker
/// that refuses in the same way again every 30 s.
const HANDSHAKES: u32 = 3;
/// How long that question may take.
const PATIENCE: Duration = Duration::from_secs(5);

impl Fetcher {
    /// Logs an error that passes; returns one that does not.
    pub(super) fn trouble(&mut self, error: &KafkaError) -> Result<(), Fault> {
        match error.rdkafka_error_code() {
            // One for each partition, and another with every answer of that kind: the question is asked once for all.
            Some(Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition) => {
                self.doubt = Some(say(error));
                self.doubted = Some(WallClock::machine());
                Ok(())
            }
            Some(Code::FencedInstanceId) => Err(Fault::permanent(format!(
                "another instance of this pipeline has taken over in the group `{}`: run one instance of a pipeline that keeps state, or give \
                 each a `.group(…)` of its own",
                self.beginnings.group
            ))),
            // All other codecs are always built in.
            Some(Code::NotImplemented) if !cfg!(feature = "kafka-zstd") => Err(Fault::permanent(format!(
                "topic `{}` is compressed with zstd, which is not built in: add the cargo feature `kafka-zstd` of streaming-runtime",
                self.topics()
            ))),
            _ if is_handshake(error) => self.handshake(error),
            _ if is_final(error) => Err(self.cannot_read(error)),
            _ => {
                let why = say(error);
                tracing::info!(target: TARGET, why, "reading goes on as soon as the brokers answer");
                Ok(())
            }
        }
    }

    /// A broker does not know a topic, or a partition of it, that was there when the source was opened. One that has just started may say so, and one such
    /// answer is enough for the client: only when it repeats the topic is gone. One that was created anew meanwhile has another id, which is noticed.
    pub(super) fn missing(&self, why: &str) -> Result<(), Fault> {
        match open::are_there(&self.consumer, &self.beginnings.known, &self.shared) {
            Ok(false) if !self.shared.is_stopped() => Err(Fault::permanent(format!(
                "topic `{}` was deleted while it was read: where it is created anew its offsets mean other records; use another `.group(…)` \
                 for it, and with a checkpoint a new directory",
                self.topics()
            ))),
            Ok(_) => {
                tracing::info!(target: TARGET, why, "a broker did not know topic `{}` for a moment; reading goes on", self.topics());
                Ok(())
            }
            Err(unknown) => {
                tracing::warn!(target: TARGET, why, "cannot ask whether topic `{}` is still there: {unknown}", self.topics());
                Ok(())
            }
        }
    }

    /// A connection ended before the broker knew who comes.
    fn handshake(&mut self, error: &KafkaError) -> Result<(), Fault> {
        self.handshakes += 1;
        tracing::warn!(
            target: TARGET,
            why = say(error),
            "a broker did not let this client in; reading goes on as soon as it does, or ends when that repeats"
        );
        if self.handshakes < HANDSHAKES {
            return Ok(());
        }
        let answer = call(&self.consumer, "a question about the cluster", PATIENCE, |consumer| {
            consumer.fetch_metadata(None, PATIENCE).map(drop)
        });
        if answer.is_err() {
            return Err(self.cannot_read(error));
        }
        self.handshakes = 0;
        Ok(())
    }

    fn cannot_read(&self, error: &KafkaError) -> Fault {
        Fault::permanent(format!("cannot read topic `{}`: {}", self.topics(), say(error)))
    }

    fn topics(&self) -> String {
        let topics: BTreeSet<_> = self.beginnings.known.iter().map(|(topic, _)| topic.as_str()).collect();
        topics.into_iter().collect::<Vec<_>>().join("`, `")
    }
}
