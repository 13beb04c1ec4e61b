//! No notifications: files are looked at again and again.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::Changes;

#[derive(Debug)]
pub(in crate::source::files) struct Watch {
    stop: Receiver<()>,
}

/// Ends a wait.
#[derive(Debug)]
pub(in crate::source::files) struct Waker(Sender<()>);

impl Waker {
    pub(in crate::source::files) fn wake(&self) {
        let _ = self.0.send(());
    }
}

impl Watch {
    pub(in crate::source::files) fn new() -> (Self, Waker) {
        let (sender, stop) = channel();
        (Self { stop }, Waker(sender))
    }

    pub(in crate::source::files) fn set(&mut self, _: &[PathBuf], _: &BTreeSet<PathBuf>) -> bool {
        false
    }

    pub(in crate::source::files) fn is_complete(&self) -> bool {
        false
    }

    pub(in crate::source::files) fn wait(&mut self, limit: Duration) {
        let _ = self.stop.recv_timeout(limit);
    }

    pub(in crate::source::files) fn take(&mut self) -> Changes {
        Changes::default()
    }
}
