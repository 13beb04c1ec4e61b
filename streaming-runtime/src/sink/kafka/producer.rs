use rdkafka::ClientConfig;

use super::staged::Staged;
use crate::kafka::sender::Sender;

/// A connected producer for one topic, without transactions.
#[derive(Debug)]
pub(super) struct Client {
    sender: Sender,
    topic: String,
    brokers: String,
}

impl Client {
    /// Connects, and sees that the topic is there.
    pub(super) fn connect(config: &ClientConfig, topic: String, brokers: String) -> Result<Self, String> {
        let sender = Sender::new(config)?;
        let client = Self { sender, topic, brokers };
        client.sender.look(&client.topic).map_err(|what| client.cannot(&what))?;
        Ok(client)
    }

    /// Writes the messages in order; returns when all replicas in sync have all of them.
    ///
    /// # Errors
    /// A message when one could not be written; others may have been.
    pub(super) fn write(&self, staged: &[Staged]) -> Result<(), String> {
        let before = self.sender.sent();
        let refused = self.sender.send(&self.topic, staged).err();
        let sent = self.sender.sent() - before;
        let failures = self.sender.wait().map_err(|late| self.cannot(&late.to_string()))?;
        let Some(failure) = refused.or(failures.first) else {
            return Ok(());
        };
        let total = staged.iter().map(Staged::len).sum::<usize>() as u64;
        Err(self.cannot(&format!(
            "{} of {total} records were not acknowledged: {}",
            failures.count + (total - sent),
            failure.advice()
        )))
    }

    /// Ends the producer in good order.
    pub(super) fn close(self) {
        self.sender.close();
    }

    fn cannot(&self, what: &str) -> String {
        format!("cannot write to topic `{}` on `{}`: {what}", self.topic, self.brokers)
    }
}
