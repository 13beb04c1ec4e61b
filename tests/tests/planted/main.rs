//! Stops pipelines at every place of the protocol, and sees that the result does not show it; then plants bugs, each of which must be found so.

#![allow(clippy::cast_possible_wrap, reason = "small numbers")]

mod deciding;
mod scenario;
#[path = "../checkpoint/table.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod table;

use std::sync::{Mutex, MutexGuard, PoisonError};

use streaming_runtime::__private::{Bug, plant};

use self::scenario::{Flaw, every_stop, every_stop_deciding};

/// What is planted is planted in the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first flaw that shows with this bug.
fn with(bug: Bug, scenario: impl FnOnce() -> Result<u64, Flaw>) -> Option<Flaw> {
    plant(Some(bug));
    let result = scenario();
    plant(None);
    result.err()
}

#[test]
fn no_stop_shows_in_the_result() {
    let _alone = alone();
    let runs = every_stop().unwrap_or_else(|flaw| panic!("{flaw:?}"));
    assert!(runs > 100, "{runs} runs were stopped");
}

#[test]
fn no_stop_shows_where_a_sink_decides() {
    let _alone = alone();
    let runs = every_stop_deciding().unwrap_or_else(|flaw| panic!("{flaw:?}"));
    assert!(runs > 100, "{runs} runs were stopped");
}

macro_rules! planted {
    ($($name:ident: $bug:ident by $scenario:ident;)*) => {$(
        #[test]
        fn $name() {
            let _alone = alone();
            let flaw = with(Bug::$bug, $scenario);
            assert!(flaw.is_some(), "the bug was not found");
        }
    )*};
}

planted! {
    a_commit_before_the_decision_is_found: CommitBeforeDecision by every_stop;
    done_before_the_commit_is_found: DoneBeforeCommit by every_stop;
    fired_windows_that_are_kept_are_found: FiredWindowsKept by every_stop;
    positions_of_the_batch_before_are_found: PositionsOfTheBatchBefore by every_stop;
    a_watermark_that_begins_anew_is_found: WatermarkForgotten by every_stop;
    chunks_that_are_numbered_anew_are_found: ChunksNumberedAnew by every_stop;
    totals_that_begin_anew_are_found: TotalsForgotten by every_stop;
    output_that_is_not_logged_is_found: OutputNotLogged by every_stop;
    a_batch_that_is_not_finished_is_found: NotFinished by every_stop;
    batches_that_are_numbered_anew_are_found: BatchesNumberedAnew by every_stop;
    state_that_is_forgotten_is_found: StateForgotten by every_stop;
    an_undecided_batch_that_counts_is_found: UndecidedCounts by every_stop_deciding;
}
