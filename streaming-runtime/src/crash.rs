//! Named places where a test kills the process, to prove that nothing depends on what would have come next.
//!
//! Nothing of it is there without the feature `crash-points`, which is for the tests of this library alone.

/// The process is killed here where the environment says `STREAMING_CRASH_AT=name:3` and this place is passed the third time.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub(crate) fn point(_: &'static str) {}

#[cfg(feature = "crash-points")]
pub(crate) use armed::point;

#[cfg(feature = "crash-points")]
mod armed {
    use std::process::Command;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Armed {
        name: String,
        left: AtomicU64,
    }

    fn armed() -> Option<&'static Armed> {
        static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
        let read = || {
            let text = std::env::var("STREAMING_CRASH_AT").ok()?;
            let (name, times) = text.rsplit_once(':')?;
            Some(Armed {
                name: name.to_owned(),
                left: AtomicU64::new(times.parse().ok()?),
            })
        };
        ARMED.get_or_init(read).as_ref()
    }

    pub(crate) fn point(name: &'static str) {
        let Some(armed) = armed().filter(|armed| armed.name == name) else {
            return;
        };
        if armed.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            // A real SIGKILL: no destructor runs, no buffer is flushed.
            let _ = Command::new("kill")
                .args(["-9", &std::process::id().to_string()])
                .status();
            loop {
                std::thread::park();
            }
        }
    }
}
