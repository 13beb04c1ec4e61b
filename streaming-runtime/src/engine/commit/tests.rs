use super::*;
use crate::error::SinkStep;
use crate::sink::{SinkError, SinkFailure};

/// The acts that a batch passes, where this one fails.
fn passed(kept: bool, decides: bool, fails: Option<Do>) -> (Vec<Do>, bool) {
    let mut way = Way::new(super::Commit {
        run: Run::new("p"),
        batch: 7,
        time: WallClock::at_epoch(),
        keeping: None,
        steps: Steps::default(),
        decides,
    });
    way.kept = kept;
    let mut acts = Vec::new();
    while let Some(act) = way.next() {
        let failure = NotWritten::Sink(SinkFailure {
            sink: "s",
            step: SinkStep::Open,
            error: SinkError::new(format!("{act:?}")),
        });
        let done = if Some(act) == fails { Err(failure) } else { Ok(()) };
        way.did(act, done);
        acts.push(act);
    }
    acts.retain(|act| !matches!(act, Do::Reach(_)));
    (acts, way.end().is_ok())
}

#[test]
fn without_a_checkpoint_nothing_is_decided() {
    use Do::{Abort, Commit, Prepare};
    for decides in [true, false] {
        assert_eq!(passed(false, decides, None), (vec![Prepare, Commit], true));
        assert_eq!(passed(false, decides, Some(Prepare)), (vec![Prepare, Abort], false));
        assert_eq!(
            passed(false, decides, Some(Commit)),
            (vec![Prepare, Commit, Abort], false)
        );
    }
}

#[test]
fn with_a_checkpoint_the_journal_decides() {
    use Do::{Abort, Commit, Journal, Note, Prepare};
    assert_eq!(passed(true, false, None), (vec![Prepare, Journal, Commit, Note], true));
    assert_eq!(
        passed(true, false, Some(Journal)),
        (vec![Prepare, Journal, Abort], false)
    );
    // It is decided: the next run commits it.
    assert_eq!(
        passed(true, false, Some(Commit)),
        (vec![Prepare, Journal, Commit], false)
    );
}

#[test]
fn a_sink_that_decides_has_the_last_word() {
    use Do::{Abort, Commit, Decide, Enlist, Journal, Note, Prepare, Undo};
    let all = vec![Enlist, Prepare, Journal, Decide, Commit, Note];
    assert_eq!(passed(true, true, None), (all, true));
    assert_eq!(passed(true, true, Some(Enlist)), (vec![Enlist, Abort], false));
    assert_eq!(
        passed(true, true, Some(Decide)),
        (vec![Enlist, Prepare, Journal, Decide, Undo, Abort], false)
    );
}

#[test]
fn every_step_of_a_batch_is_passed_in_order() {
    let steps = PROTOCOL.iter().filter_map(|act| match act {
        Do::Reach(step) => Some(*step),
        _ => None,
    });
    assert_eq!(steps.collect::<Vec<_>>(), Step::OF_A_BATCH);
}
