//! SIGINT and SIGTERM.

use std::sync::mpsc::Sender;

use tokio::runtime::Handle;

use super::io::Signal;
use super::running::Verdict;
use crate::error::PipelineError;

/// The first signal stops the pipeline in good order, the second one at once, even if a closure never returns.
pub(super) fn listen(runtime: &Handle, signals: Sender<Signal>, verdict: Verdict) {
    runtime.spawn(async move {
        let Ok(mut arrivals) = Arrivals::new() else {
            tracing::warn!("cannot listen to SIGINT and SIGTERM; they end the process at once");
            return;
        };
        arrivals.next().await;
        let _ = signals.send(Signal::Stop);
        arrivals.next().await;
        verdict.is(Err(PipelineError::Interrupted));
        let _ = signals.send(Signal::Kill);
    });
}

#[cfg(unix)]
struct Arrivals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Arrivals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Arrivals;

#[cfg(not(unix))]
impl Arrivals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
