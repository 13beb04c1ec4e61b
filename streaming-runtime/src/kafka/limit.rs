//! Limits on calls into librdkafka.
//!
//! Calls of librdkafka take a timeout, and some do not keep it: `rd_kafka_send_offsets_to_transaction` waits without end when the coordinator of the
//! group goes away at the wrong moment, and destroying a client waits for all that it has begun. Therefore every call that may block runs on a
//! thread of its own. A call that is not back in time is abandoned together with its thread, and the caller decides what that means: for a producer,
//! the next one with the same transactional id finds out what the brokers did.

use std::fmt::{self, Debug, Display, Formatter};
use std::ops::Deref;
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// How much longer than its own timeout a call may take before it is abandoned.
pub(crate) const SLACK: Duration = Duration::from_secs(3);
/// How long the end of a client may take in good order: its last requests are answered, its threads end.
pub(crate) const FAREWELL: Duration = Duration::from_secs(5);

/// A call was not back in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Late {
    /// What was called, as a person says it.
    pub(crate) call: &'static str,
    pub(crate) limit: Duration,
}

impl Display for Late {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { call, limit } = self;
        write!(
            f,
            "the kafka client did not come back from {call} within {} s",
            limit.as_secs()
        )
    }
}

/// Runs `work` on a thread of its own and waits for its answer for as long as `limit`.
///
/// # Errors
/// When there is no answer in time. The thread goes on, and nobody hears of it any more.
pub(crate) fn within<T: Send + 'static>(
    call: &'static str,
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Late> {
    let (tell, told) = mpsc::sync_channel(1);
    let started = std::thread::Builder::new()
        .name("kafka-call".to_owned())
        .spawn(move || drop(tell.send(work())));
    if let Err(error) = started {
        tracing::error!(target: "streaming_runtime::kafka", %error, "no thread could be started for {call}");
        return Err(Late { call, limit });
    }
    told.recv_timeout(limit).map_err(|_| Late { call, limit })
}

/// A client of librdkafka. Its calls stand under a limit, and dropping it never blocks.
pub(crate) struct Client<C: Send + Sync + 'static>(Option<Arc<C>>);

impl<C: Send + Sync + 'static> Client<C> {
    pub(crate) fn new(client: C) -> Self {
        Self(Some(Arc::new(client)))
    }

    /// Makes a call that keeps to `timeout`, as far as librdkafka does: a little later it is abandoned.
    ///
    /// # Errors
    /// When the call is not back in time.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        call: &'static str,
        timeout: Duration,
        work: impl FnOnce(&C) -> T + Send + 'static,
    ) -> Result<T, Late> {
        let client = Arc::clone(self.client());
        within(call, timeout + SLACK, move || work(&client))
    }

    /// Ends the client and waits for that, but not for longer than [`FAREWELL`].
    pub(crate) fn close(mut self) {
        if let Some(client) = self.0.take()
            && let Err(late) = within("its end", FAREWELL, move || drop(client))
        {
            tracing::warn!(target: "streaming_runtime::kafka", "{late}: it is left behind");
        }
    }

    fn client(&self) -> &Arc<C> {
        self.0.as_ref().expect("taken at the end alone")
    }
}

impl<C: Send + Sync + 'static> Deref for Client<C> {
    type Target = C;

    fn deref(&self) -> &C {
        self.client()
    }
}

impl<C: Send + Sync + 'static> Debug for Client<C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl<C: Send + Sync + 'static> Drop for Client<C> {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            discard(client);
        }
    }
}

/// Drops `value` on a thread of its own.
pub(crate) fn discard<T: Send + 'static>(value: T) {
    let thread = std::thread::Builder::new().name("kafka-end".to_owned());
    if let Err(error) = thread.spawn(move || drop(value)) {
        tracing::error!(target: "streaming_runtime::kafka", %error, "a kafka client was ended on a thread that has other work to do");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client whose end takes until somebody lets it go on.
    struct Stuck(mpsc::Receiver<()>);

    impl Drop for Stuck {
        fn drop(&mut self) {
            let _ = self.0.recv();
        }
    }

    #[test]
    fn an_answer_in_time_is_given_back() {
        assert_eq!(within("a sum", FAREWELL, || 1 + 1), Ok(2));
    }

    #[test]
    fn a_call_without_an_end_is_abandoned() {
        let (_open, never) = mpsc::channel::<()>();
        let late = within("a call", Duration::from_millis(1), move || never.recv()).unwrap_err();
        assert_eq!(
            late.to_string(),
            "the kafka client did not come back from a call within 0 s"
        );
    }

    #[test]
    fn a_client_without_an_end_does_not_block() {
        let (open, never) = mpsc::channel();
        // Blocks without end where the drop waits.
        drop(Client::new(std::sync::Mutex::new(Stuck(never))));
        drop(open);
    }
}
