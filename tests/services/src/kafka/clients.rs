//! The clients that the helpers here work with, one for each call: a client that outlived a
//! broker's restart would have to find out about it.

use std::ops::Deref;
use std::thread;

use rdkafka::admin::AdminClient;
use rdkafka::client::DefaultClientContext;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext};
use rdkafka::consumer::BaseConsumer;
use rdkafka::producer::{BaseProducer, DefaultProducerContext};

use super::Kafka;
use crate::Result;

impl Kafka {
    /// What every client here is configured with.
    pub(super) fn client_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        config.set("reconnect.backoff.ms", "20");
        config.set("reconnect.backoff.max.ms", "200");
        // Reported through the errors of the calls, if at all.
        config.set("log_level", "0");
        config
    }

    pub(super) fn admin(&self) -> Result<Client<AdminClient<DefaultClientContext>>> {
        self.create(&self.client_config(), DefaultClientContext)
    }

    /// A producer, also to ask for metadata with: a consumer would look for its coordinator, and
    /// the broker would create the coordinator's topic.
    pub(super) fn producer(&self) -> Result<Client<BaseProducer>> {
        self.create(&self.client_config(), DefaultProducerContext)
    }

    /// A consumer that is assigned to and asked; it never joins its group.
    pub(super) fn consumer(&self, mut config: ClientConfig) -> Result<Client<BaseConsumer>> {
        config.set("enable.auto.commit", "false");
        self.create(&config, rdkafka::consumer::DefaultConsumerContext)
    }

    pub(super) fn create<C, T>(&self, config: &ClientConfig, context: C) -> Result<Client<T>>
    where
        C: rdkafka::ClientContext,
        T: FromClientConfigAndContext<C> + Send + 'static,
    {
        let client = T::from_config_and_context(config, context)
            .map_err(|e| self.error(format!("cannot create a client: {e}")))?;
        Ok(Client(Some(client)))
    }
}

/// A client that closes in the background: closing takes 100 ms, most of what a call here takes.
pub(super) struct Client<T: Send + 'static>(Option<T>);

impl<T: Send + 'static> Deref for Client<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("there until dropped")
    }
}

impl<T: Send + 'static> Drop for Client<T> {
    fn drop(&mut self) {
        let client = self.0.take();
        thread::spawn(move || drop(client));
    }
}
