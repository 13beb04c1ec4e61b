use std::sync::{Mutex, PoisonError};

use rdkafka::ClientConfig;

use super::staged::Staged;
use crate::kafka::fault::Fault;
use crate::kafka::fit::{self, Takes};
use crate::kafka::sender::Sender;

/// A connected producer for one topic, without transactions.
#[derive(Debug)]
pub(super) struct Client {
    open: Mutex<Open>,
    topic: String,
    brokers: String,
    takes: Takes,
}

#[derive(Debug)]
struct Open {
    sender: Sender,
    config: ClientConfig,
}

impl Client {
    /// Connects, and sees that the topic is there.
    pub(super) fn connect(mut config: ClientConfig, topic: String, brokers: String) -> Result<Self, Fault> {
        let mut sender = Sender::new(&config)?;
        let looked = sender.look(&topic);
        looked.map_err(|fault| fault.reworded(|what| cannot(&topic, &brokers, what)))?;
        let batches = fit::takes(&config, &topic);
        let takes = batches.of_messages(&config);
        if batches.largest.is_some_and(|limit| fit::fit(&mut config, limit)) {
            sender = Sender::new(&config)?;
        }
        Ok(Self {
            open: Mutex::new(Open { sender, config }),
            topic,
            brokers,
            takes,
        })
    }

    /// The messages that the topic takes, as far as that is known.
    pub(super) fn takes(&self) -> Takes {
        self.takes
    }

    /// Writes the messages in order; returns when all replicas in sync have all of them.
    ///
    /// # Errors
    /// A message when one could not be written; others may have been.
    pub(super) fn write(&self, staged: &[Staged]) -> Result<(), Fault> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let total = staged.iter().map(Staged::len).sum::<usize>();
        // The records before this one are written.
        let mut first = 0;
        loop {
            let sender = &open.sender;
            let before = sender.sent();
            let refused = sender.send(&self.topic, staged, first).err();
            let sent = sender.sent() - before;
            let failures = sender
                .wait()
                .map_err(|late| Fault::passing(self.cannot(&late.to_string())))?;
            // One that the client does not take comes behind all that it did.
            let client_refuses = failures.first.is_none();
            let Some(failure) = failures.first.or(refused) else {
                return Ok(());
            };
            // A batch is refused as a whole: each record goes alone, so that only one that is refused by itself fails. Those behind the first one are
            // written again, as records of one key keep their order.
            if let Some(blame) = failure.blame()
                && !client_refuses
                && fit::one_by_one(&mut open.config)
            {
                let number = failure.number - usize::try_from(before).unwrap_or(usize::MAX);
                first += number;
                tracing::warn!(
                    target: "streaming_runtime::kafka",
                    "{}",
                    self.cannot(&format!(
                        "a batch was refused {blame}. Records are written one by one from now on, which is slower, and {} of {total} again, of \
                         which some are there already{}",
                        total - first,
                        blame.remedy()
                    ))
                );
                open.sender = Sender::new(&open.config)?;
                continue;
            }
            let unsent = (total - first) as u64 - sent;
            let message = self.cannot(&format!(
                "{} of {total} records were not acknowledged: {}",
                failures.count + unsent,
                failure.advice()
            ));
            return Err(if failure.is_permanent() {
                Fault::permanent(message)
            } else {
                Fault::passing(message)
            });
        }
    }

    /// Ends the producer in good order.
    pub(super) fn close(self) {
        let open = self.open.into_inner().unwrap_or_else(PoisonError::into_inner);
        open.sender.close();
    }

    fn cannot(&self, what: &str) -> String {
        cannot(&self.topic, &self.brokers, what)
    }
}

fn cannot(topic: &str, brokers: &str, what: &str) -> String {
    format!("cannot write to topic `{topic}` on `{brokers}`: {what}")
}
