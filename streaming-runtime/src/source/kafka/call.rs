use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::BaseConsumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::context::Context;
use crate::kafka::limit::{SLACK, within};

/// Has the consumer make a call that keeps to `timeout`; it is abandoned when it does not, and counts as timed out.
pub(super) fn call<T: Send + 'static>(
    consumer: &Arc<BaseConsumer<Context>>,
    name: &'static str,
    timeout: Duration,
    work: impl FnOnce(&BaseConsumer<Context>) -> Result<T, KafkaError> + Send + 'static,
) -> Result<T, KafkaError> {
    let consumer = Arc::clone(consumer);
    within(name, timeout + SLACK, move || work(&consumer)).unwrap_or_else(|late| {
        tracing::warn!(target: "streaming_runtime::kafka", "{late}");
        Err(KafkaError::Global(RDKafkaErrorCode::OperationTimedOut))
    })
}
