//! One thread for all pipelines of the process. It looks after them, and it is told of signals: it does nothing else, so that no sink, source or
//! closure can keep it.

use std::sync::mpsc::Sender;
use std::sync::{Arc, OnceLock, mpsc};

use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::running::Verdict;
use super::signals::{self, Arrivals};
use crate::run::{Board, LOOK};
use crate::stage::Signal;

#[derive(Debug)]
struct Hub {
    handle: Handle,
    arrivals: OnceLock<Option<Arrivals>>,
}

static HUB: OnceLock<Option<Hub>> = OnceLock::new();

/// The hub, which is started where it is needed first. `None` where there is no thread for it: pipelines run without.
fn hub() -> Option<&'static Hub> {
    let started = HUB.get_or_init(|| {
        let (tell, told) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("stream-watch".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                if let Ok(runtime) = runtime
                    && tell.send(runtime.handle().clone()).is_ok()
                {
                    runtime.block_on(std::future::pending::<()>());
                }
            });
        thread.ok()?;
        let handle = told.recv().ok()?;
        Some(Hub {
            handle,
            arrivals: OnceLock::new(),
        })
    });
    if started.is_none() {
        tracing::warn!(target: "streaming_runtime", "no thread to look after pipelines: waits are not told of, signals end the process at once");
    }
    started.as_ref()
}

/// From now on signals are kept for the pipeline that [is looked after](Watched::obey). Returns at once.
pub(super) fn listen() -> Option<Arrivals> {
    let hub = hub()?;
    let arrivals = hub.arrivals.get_or_init(|| match signals::listen(&hub.handle) {
        Ok(arrivals) => Some(arrivals),
        Err(error) => {
            tracing::warn!(target: "streaming_runtime", "cannot listen to SIGINT and SIGTERM, which end the process at once: {error}");
            None
        }
    });
    arrivals.as_ref().map(Arrivals::of_next_run)
}

/// A pipeline that the hub looks after, until this is dropped.
#[derive(Debug, Default)]
pub(super) struct Watched {
    tasks: Vec<AbortHandle>,
}

impl Watched {
    /// Tells of what takes long.
    pub(super) fn watch(&mut self, board: &Arc<Board>) {
        let Some(hub) = hub() else { return };
        let board = Arc::clone(board);
        let looks = hub.handle.spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                board.look();
            }
        });
        self.tasks.push(looks.abort_handle());
    }

    /// Has the pipeline do what signals say.
    pub(super) fn obey(&mut self, signals: Obey) {
        let Some(hub) = hub() else { return };
        self.tasks.push(hub.handle.spawn(signals::obey(signals)).abort_handle());
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// What is needed to do what signals say.
#[derive(Debug)]
pub(super) struct Obey {
    pub(super) arrivals: Arrivals,
    pub(super) driver: Sender<Signal>,
    pub(super) verdict: Verdict,
    pub(super) board: Arc<Board>,
    /// How long the pipeline may take to end after the first.
    pub(super) grace: std::time::Duration,
    pub(super) pipeline: String,
}
