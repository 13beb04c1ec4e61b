//! Places where a test stops a pipeline, and bugs that a test plants: to prove that nothing depends on what would have come next, and that
//! the tests would find such a bug.
//!
//! What kills or panics, and the bugs, are there with the feature `crash-points` alone, which is for the tests of this library. A [`testing::Driver`]
//! stops a pipeline in the same places without it: what runs elsewhere asks a `None` at every step of a batch, and no more.
//!
//! [`testing::Driver`]: crate::testing::Driver

mod step;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

pub use step::Step;

#[cfg(not(feature = "crash-points"))]
pub(crate) use absent::{is, point};
#[cfg(feature = "crash-points")]
pub(crate) use present::{is, point};
#[cfg(feature = "crash-points")]
pub use present::{plant, stop_at};

/// The steps of a pipeline, at one of which a test bench may have it die.
#[derive(Debug, Clone, Default)]
pub(crate) struct Steps(Option<Arc<Mutex<Stop>>>);

#[derive(Debug, Default, PartialEq)]
enum Stop {
    #[default]
    Nowhere,
    At(Step),
    /// It is dead.
    There(Step),
}

impl Steps {
    /// Steps that a bench can [stop](Self::stop_at) at.
    pub(crate) fn of_a_bench() -> Self {
        Self(Some(Arc::default()))
    }

    /// Whether the pipeline is on a test bench.
    pub(crate) fn are_of_a_bench(&self) -> bool {
        self.0.is_some()
    }

    /// The pipeline is at `step`: does it die there? Then it does nothing more: whoever waits for it drops it.
    pub(crate) fn ends_at(&self, step: Step) -> bool {
        point(step.name());
        let Some(armed) = &self.0 else { return false };
        let mut armed = armed.lock().expect("no panic while locked");
        let dies = *armed == Stop::At(step);
        if dies {
            *armed = Stop::There(step);
        }
        dies
    }

    /// Has the pipeline die where it next reaches `step`.
    pub(crate) fn stop_at(&self, step: Step) {
        if let Some(stop) = &self.0 {
            *stop.lock().expect("no panic while locked") = Stop::At(step);
        }
    }

    /// The step that the pipeline is to die at and has not reached.
    pub(crate) fn ahead(&self) -> Option<Step> {
        match *self.0.as_ref()?.lock().expect("no panic while locked") {
            Stop::At(step) => Some(step),
            Stop::Nowhere | Stop::There(_) => None,
        }
    }

    fn has_died(&self) -> bool {
        let stop = self.0.as_ref().map(|stop| stop.lock().expect("no panic while locked"));
        matches!(stop.as_deref(), Some(Stop::There(_)))
    }

    /// Waits for a part of the pipeline to end; `None` where the pipeline dies in it, and then it is dropped.
    pub(crate) async fn survived<F: Future>(&self, life: F) -> Option<F::Output> {
        let mut life = pin!(life);
        poll_fn(|cx| match life.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.has_died() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await
    }
}

/// A bug in the way batches are decided and gone on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "crash-points"), allow(unreachable_pub, reason = "public for tests"))]
pub enum Bug {
    /// Sinks commit before the batch is decided.
    CommitBeforeDecision,
    /// The batch is noted as done before the sinks have committed.
    DoneBeforeCommit,
    /// Windows that have fired stay in the checkpoint.
    FiredWindowsKept,
    /// The positions of a batch are those of the batch before.
    PositionsOfTheBatchBefore,
    /// The watermark begins anew.
    WatermarkForgotten,
    /// Chunks are numbered anew, which orders records of the same time.
    ChunksNumberedAnew,
    /// What was counted is forgotten.
    TotalsForgotten,
    /// The journal does not keep the output of sinks that cannot.
    OutputNotLogged,
    /// A batch that was decided and not committed is not finished.
    NotFinished,
    /// Batches are numbered anew.
    BatchesNumberedAnew,
    /// State is not brought back.
    StateForgotten,
    /// A batch that a sink did not decide counts.
    UndecidedCounts,
}

#[cfg(not(feature = "crash-points"))]
mod absent {
    use super::Bug;

    /// A test may stop the pipeline here.
    #[inline(always)]
    pub(crate) fn point(_: &'static str) {}

    /// Whether a test has planted this bug.
    #[inline(always)]
    pub(crate) const fn is(_: Bug) -> bool {
        false
    }
}

#[cfg(feature = "crash-points")]
mod present {
    use std::process::Command;
    use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

    use super::Bug;

    /// A place, and the how many-th pass through it.
    #[derive(Debug)]
    struct Stop {
        name: String,
        left: u64,
    }

    #[derive(Debug, Default)]
    struct Faults {
        stop: Option<Stop>,
        bug: Option<Bug>,
    }

    static FAULTS: Mutex<Faults> = Mutex::new(Faults { stop: None, bug: None });

    fn faults() -> MutexGuard<'static, Faults> {
        FAULTS.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plants a bug in all pipelines of this process, or takes it out.
    pub fn plant(bug: Option<Bug>) {
        faults().bug = bug;
    }

    /// Has the pipeline panic when it passes a place for the `times`-th time, once.
    pub fn stop_at(name: &str, times: u64) {
        faults().stop = Some(Stop {
            name: name.to_owned(),
            left: times,
        });
    }

    pub(crate) fn is(bug: Bug) -> bool {
        faults().bug == Some(bug)
    }

    /// The process is killed here where the environment says `STREAMING_CRASH_AT=name:3` and this place is passed the third time.
    pub(crate) fn point(name: &'static str) {
        static KILL: OnceLock<Mutex<Option<Stop>>> = OnceLock::new();
        let kill = KILL.get_or_init(|| Mutex::new(from_environment()));
        if reached(&mut kill.lock().unwrap_or_else(PoisonError::into_inner), name) {
            // A real SIGKILL: no destructor runs, no buffer is flushed.
            let _ = Command::new("kill")
                .args(["-9", &std::process::id().to_string()])
                .status();
            loop {
                std::thread::park();
            }
        }
        let stopped = reached(&mut faults().stop, name);
        assert!(!stopped, "stopped at `{name}` by a test");
    }

    fn reached(stop: &mut Option<Stop>, name: &str) -> bool {
        let Some(armed) = stop.as_mut().filter(|stop| stop.name == name) else {
            return false;
        };
        armed.left = armed.left.saturating_sub(1);
        let reached = armed.left == 0;
        if reached {
            *stop = None;
        }
        reached
    }

    fn from_environment() -> Option<Stop> {
        let text = std::env::var("STREAMING_CRASH_AT").ok()?;
        let (name, times) = text.rsplit_once(':')?;
        Some(Stop {
            name: name.to_owned(),
            left: times.parse().ok()?,
        })
    }
}
