use rdkafka::ClientConfig;

use super::staged::Staged;
use crate::kafka::fit;
use crate::kafka::sender::Sender;

/// A connected producer for one topic, without transactions.
#[derive(Debug)]
pub(super) struct Client {
    sender: Sender,
    topic: String,
    brokers: String,
    largest: Option<usize>,
}

impl Client {
    /// Connects, and sees that the topic is there.
    pub(super) fn connect(mut config: ClientConfig, topic: String, brokers: String) -> Result<Self, String> {
        let mut client = Self {
            sender: Sender::new(&config)?,
            topic,
            brokers,
            largest: None,
        };
        client.sender.look(&client.topic).map_err(|what| client.cannot(&what))?;
        if let Some(largest) = fit::largest_batch(&config, &client.topic) {
            client.largest = fit::largest_message(&config, largest);
            if fit::fit(&mut config, largest) {
                client.sender = Sender::new(&config)?;
            }
        }
        Ok(client)
    }

    /// The size of the largest message that the topic takes, where that is known.
    pub(super) fn largest(&self) -> Option<usize> {
        self.largest
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
