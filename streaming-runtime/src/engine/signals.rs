//! SIGINT and SIGTERM.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::hub::Obey;
use crate::error::PipelineError;
use crate::progress::{tell, warn};
use crate::stage::Signal;

/// Signals that come within this time after the first are one with it: `timeout` and shells send them twice.
const ONE: Duration = Duration::from_millis(300);

/// How many signals have come.
#[derive(Debug, Clone)]
pub(super) struct Arrivals {
    count: watch::Receiver<u64>,
    /// How many some run has taken notice of.
    taken: Arc<AtomicU64>,
}

impl Arrivals {
    /// For a run that begins: a signal that came between two runs is for the next one.
    pub(super) fn of_next_run(&self) -> Self {
        let mut next = self.clone();
        let come = *next.count.borrow_and_update();
        if come > self.taken.load(Ordering::Acquire) {
            next.count.mark_changed();
        }
        next
    }

    async fn next(&mut self) {
        if self.count.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.taken.fetch_max(*self.count.borrow(), Ordering::AcqRel);
    }
}

/// Begins to listen. From the return on no signal is lost.
pub(super) fn listen(hub: &Handle) -> std::io::Result<Arrivals> {
    let (tell, count) = watch::channel(0);
    let _within = hub.enter();
    let mut incoming = Incoming::new()?;
    hub.spawn(async move {
        loop {
            incoming.next().await;
            tell.send_modify(|count| *count += 1);
        }
    });
    Ok(Arrivals {
        count,
        taken: Arc::default(),
    })
}

/// The first signal stops the pipeline in good order. The second one ends it at once, and so does the end of the grace, whatever a closure, a sink or
/// a source does.
pub(super) async fn obey(obey: Obey) {
    let Obey {
        mut arrivals,
        driver,
        verdict,
        board,
        grace,
        pipeline,
    } = obey;
    arrivals.next().await;
    let _ = driver.send(Signal::Stop);
    tell(
        &pipeline,
        &format!(
            "stopping after a signal: the open batch is written first, within {grace:?}; a second signal ends the pipeline at once"
        ),
    );
    let second = async {
        let close = tokio::time::sleep(ONE);
        tokio::pin!(close);
        loop {
            tokio::select! {
                () = &mut close => break,
                () = arrivals.next() => {}
            }
        }
        arrivals.next().await;
    };
    let after = tokio::select! {
        () = second => "by a second signal".to_owned(),
        () = tokio::time::sleep(grace) => format!("{grace:?} after a signal (`stop_timeout`)"),
    };
    let text = format!("{after}, while waiting for {}", board.waits());
    warn(&pipeline, &format!("interrupted {text}"));
    verdict.is(Err(PipelineError::Interrupted(text)));
    let _ = driver.send(Signal::Kill);
}

#[cfg(unix)]
struct Incoming {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Incoming {
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
struct Incoming;

#[cfg(not(unix))]
impl Incoming {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
