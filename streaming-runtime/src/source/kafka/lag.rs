use std::sync::{Arc, Weak};
use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::BaseConsumer;

use super::context::Context;
use super::offsets::{Place, at};
use super::shared::Shared;

/// How old a lag may be.
const EVERY: Duration = Duration::from_secs(1);

/// Keeps looking where the assigned partitions end, on a thread of its own: the fetcher cannot wait for the answer.
pub(super) fn watch(consumer: &Arc<BaseConsumer<Context>>, shared: &Arc<Shared>) {
    let (consumer, shared) = (Arc::downgrade(consumer), Arc::clone(shared));
    let thread = std::thread::Builder::new().name("kafka-lag".to_owned());
    let started = thread.spawn(move || {
        while !shared.is_stopped() && look(&consumer, &shared) {
            std::thread::park_timeout(EVERY);
        }
    });
    if let Err(error) = started {
        tracing::warn!(target: "streaming_runtime::kafka", %error, "the lag of partitions will not be known");
    }
}

/// Asks once; false when the consumer is gone.
fn look(consumer: &Weak<BaseConsumer<Context>>, shared: &Shared) -> bool {
    let Some(consumer) = consumer.upgrade() else {
        return false;
    };
    let partitions = shared.watched();
    let places: Vec<Place> = partitions.iter().map(|p| (p.topic.clone(), p.id)).collect();
    // While the brokers are away the lag stays what it was; the client logs that they are.
    if let Ok(ends) = at(&consumer, &places, Offset::End) {
        for (partition, place) in partitions.iter().zip(&places) {
            if let Some(end) = ends.get(place) {
                partition.ends_at(*end);
            }
        }
    }
    true
}
