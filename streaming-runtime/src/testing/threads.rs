use crate::wait::wait;

/// Where sinks that are written for real, and the checkpoint, find timers, sockets and files; there are none where nobody needs them.
#[derive(Debug)]
pub(super) struct Threads(Option<tokio::runtime::Runtime>);

impl Threads {
    pub(super) fn none() -> Self {
        Self(None)
    }

    pub(super) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        Self(Some(runtime.expect("one thread can be started")))
    }

    /// Waits for what was begun on other threads.
    pub(super) fn end(mut self) {
        let runtime = self.0.take();
        // A test may be async, and there nothing may block: another thread does.
        std::thread::scope(|scope| drop(scope.spawn(move || drop(runtime))));
    }

    pub(super) fn wait<F: Future>(&self, future: F) -> F::Output {
        let _context = self.0.as_ref().map(tokio::runtime::Runtime::enter);
        wait(future)
    }
}

impl Drop for Threads {
    /// A test may be async, and there a runtime cannot be dropped in the ordinary way.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
