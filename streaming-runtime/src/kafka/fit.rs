//! What a topic takes: how large messages may be, and the batches that they are sent in, and whether they need a key.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::config::FromClientConfigAndContext;

use super::limit::within;
use super::log::Quiet;
use super::options;

/// How long the brokers may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The default of `batch.size`.
const BATCH: usize = 1_000_000;
/// What a batch takes beside its messages, at most, and what one message takes beside its key, value and headers.
const AROUND_BATCH: usize = 512;
/// The same for a batch of one message.
const AROUND_MESSAGE: usize = 200;

/// What a topic takes, as far as the brokers say: a user may lack the right to ask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Takes {
    /// The size of the largest batch (`max.message.bytes`) or, where that is meant, message.
    pub(crate) largest: Option<usize>,
    /// It keeps the last message of each key (`cleanup.policy=compact`), and takes none without a key.
    pub(crate) keyed: bool,
}

impl Takes {
    /// The same for messages.
    pub(crate) fn of_messages(self, config: &ClientConfig) -> Self {
        let largest = self.largest.and_then(|largest| largest_message(config, largest));
        Self { largest, ..self }
    }
}

/// What a topic takes, in batches.
pub(crate) fn takes(config: &ClientConfig, topic: &str) -> Takes {
    describe(config, topic).unwrap_or_default()
}

fn describe(config: &ClientConfig, topic: &str) -> Option<Takes> {
    let (config, name) = (options::reach(config), topic.to_owned());
    let runtime = tokio::runtime::Handle::try_current().ok()?;
    let asked = within("a question about the limits of a topic", 2 * PATIENCE, move || {
        let admin: AdminClient<Quiet> = AdminClient::from_config_and_context(&config, Quiet).ok()?;
        let options = AdminOptions::new().request_timeout(Some(PATIENCE));
        let topic = ResourceSpecifier::Topic(&name);
        let answers = runtime.block_on(admin.describe_configs([&topic], &options)).ok()?;
        let found = answers.into_iter().next()?.ok()?;
        let value = |name| found.get(name)?.value.as_deref();
        Some(Takes {
            largest: value("max.message.bytes").and_then(|bytes| bytes.parse().ok()),
            keyed: value("cleanup.policy")
                .is_some_and(|policies| policies.split(',').any(|policy| policy.trim() == "compact")),
        })
    });
    asked.ok().flatten()
}

/// Has the producer send no batches that are larger than this; false where it does not anyway. What the user has set is only ever made smaller.
pub(crate) fn fit(config: &mut ClientConfig, largest: usize) -> bool {
    let now = config
        .get("batch.size")
        .and_then(|size| size.parse().ok())
        .unwrap_or(BATCH);
    let fits = largest.saturating_sub(AROUND_BATCH).max(1);
    if fits < now {
        config.set("batch.size", fits.to_string());
    }
    fits < now
}

/// Has the producer send each record alone, so that only one that is too large by itself is refused; false where it does so already.
pub(crate) fn one_by_one(config: &mut ClientConfig) -> bool {
    let (key, alone) = ("batch.num.messages", "1");
    let is_new = config.get(key) != Some(alone);
    config.set(key, alone);
    is_new
}

/// The largest message of which a batch alone is not larger than `largest`, where batches are not compressed.
fn largest_message(config: &ClientConfig, largest: usize) -> Option<usize> {
    let codec = ["compression.type", "compression.codec"]
        .iter()
        .find_map(|key| config.get(key));
    let is_plain = codec.is_none_or(|codec| codec == "none");
    is_plain.then(|| largest.saturating_sub(AROUND_MESSAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_only_ever_made_smaller() {
        let mut config = ClientConfig::new();
        assert!(!fit(&mut config, 2_000_000));
        assert_eq!(config.get("batch.size"), None);
        assert!(fit(&mut config, 65_536));
        assert_eq!(config.get("batch.size"), Some("65024"));
        assert!(!fit(&mut config, 100_000));
        assert_eq!(config.get("batch.size"), Some("65024"));
    }

    #[test]
    fn what_a_codec_makes_of_a_message_is_not_known_before() {
        let mut config = ClientConfig::new();
        assert_eq!(largest_message(&config, 1000), Some(800));
        config.set("compression.type", "lz4");
        assert_eq!(largest_message(&config, 1000), None);
    }
}
