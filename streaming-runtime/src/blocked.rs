//! Says that something waits for room that is not the pipeline's to make: once, then every minute, and when the wait is over.

use std::fmt::Display;
use std::time::Duration;

use tracing::{info, warn};

use crate::clock::WallClock;

/// How often a wait that lasts is told again.
const AGAIN: Duration = Duration::from_mins(1);

/// What is said about one thing that may have to wait.
#[derive(Debug)]
pub(crate) struct Blocked {
    clock: WallClock,
    wait: Option<Wait>,
}

#[derive(Debug, Clone, Copy)]
struct Wait {
    since: Duration,
    told: Duration,
}

impl Blocked {
    /// Nothing waits yet.
    pub(crate) fn new(clock: WallClock) -> Self {
        Self { clock, wait: None }
    }

    /// An attempt has failed for this reason and will be repeated.
    pub(crate) fn by(&mut self, reason: impl Display) {
        if let Some(text) = self.waits(reason) {
            warn!(target: "streaming_runtime", "{text}");
        }
    }

    /// An attempt has succeeded: `what` goes on.
    pub(crate) fn over(&mut self, what: impl Display) {
        if let Some(text) = self.goes_on(what) {
            info!(target: "streaming_runtime", "{text}");
        }
    }

    fn waits(&mut self, reason: impl Display) -> Option<String> {
        let now = self.clock.elapsed();
        let Some(wait) = &mut self.wait else {
            self.wait = Some(Wait { since: now, told: now });
            return Some(format!("blocked: {reason}"));
        };
        if now.saturating_sub(wait.told) < AGAIN {
            return None;
        }
        wait.told = now;
        let seconds = now.saturating_sub(wait.since).as_secs();
        Some(format!("blocked for {seconds} s: {reason}"))
    }

    fn goes_on(&mut self, what: impl Display) -> Option<String> {
        let wait = self.wait.take()?;
        let seconds = self.clock.elapsed().saturating_sub(wait.since).as_secs_f64();
        Some(format!("no longer blocked after {seconds:.1} s: {what}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_once_and_then_every_minute_until_it_is_over() {
        let clock = WallClock::at_epoch();
        let mut blocked = Blocked::new(clock.clone());
        assert_eq!(blocked.goes_on("output"), None, "nothing has waited");
        let mut said = Vec::new();
        for _ in 0..150 {
            said.extend(blocked.waits("the disk is full"));
            clock.advance(Duration::from_secs(1));
        }
        assert_eq!(
            said,
            [
                "blocked: the disk is full",
                "blocked for 60 s: the disk is full",
                "blocked for 120 s: the disk is full"
            ]
        );
        assert_eq!(
            blocked.goes_on("output is written again").as_deref(),
            Some("no longer blocked after 150.0 s: output is written again")
        );
        assert_eq!(blocked.goes_on("output is written again"), None);
        assert_eq!(
            blocked.waits("full").as_deref(),
            Some("blocked: full"),
            "a wait of its own"
        );
    }
}
