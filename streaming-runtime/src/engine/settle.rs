//! What sinks know of batches, compared with what the checkpoint knows.
//!
//! A checkpoint directory that is missing is the oldest copy of all: where a sink knows of batches that the checkpoint does not, the pipeline does
//! not start.

use super::meta::Meta;
use crate::run::Run;
use crate::sink::{Answer, Decided, SinkMeta};

/// The last batch of the checkpoint, as far as one of its sinks is concerned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) batch: u64,
    /// The batch is known to be in all sinks.
    pub(super) done: bool,
    /// What the checkpoint keeps of the sink; `None` where the pipeline did not have it then.
    pub(super) sink: Option<&'a SinkMeta>,
}

/// What follows for the last batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It counts.
    Counts,
    /// Its transaction was never committed: it has to be undone.
    Undone,
}

/// Compares what a sink says with the checkpoint.
///
/// # Errors
/// What contradicts what, and what to do.
pub(super) fn judge(answer: &Answer, known: Option<Known<'_>>, run: &Run) -> Result<Verdict, String> {
    let sink = answer.sink;
    let ours = run.checkpoint().unwrap_or_default();
    let decided = match &answer.decided {
        Decided::Batch { checkpoint, batch } if checkpoint != ours => {
            return if run.begins_anew() || run.is_fresh() && known.is_some_and(is_begun_only) {
                Ok(Verdict::Counts)
            } else {
                Err(written_by_another(sink, *batch, run))
            };
        }
        Decided::Batch { batch, .. } => Some(*batch),
        Decided::Nothing => None,
        Decided::Unknown => return unknown(answer, known),
    };
    let Some(known) = known else {
        // The directory has no batch, so that one of its own id is beyond it.
        return match decided {
            Some(batch) => Err(ahead(sink, batch, "holds no batch")),
            None => Ok(Verdict::Counts),
        };
    };
    let Some(kept) = known.sink else {
        return Ok(Verdict::Counts);
    };
    let [last, before] = kept.batches;
    if decided > last {
        let ends = format!("ends at batch {}", known.batch);
        return Err(ahead(sink, decided.unwrap_or_default(), &ends));
    }
    if decided == last {
        return Ok(Verdict::Counts);
    }
    let undecided = last == Some(known.batch) && !known.done;
    if undecided && decided == before {
        return Ok(if answer.decides {
            Verdict::Undone
        } else {
            Verdict::Counts
        });
    }
    Err(behind(sink, decided, last))
}

/// All that the sink was ever given is the last batch, which may not have come to it: what it knows is still of the time before this checkpoint.
fn is_begun_only(known: Known<'_>) -> bool {
    !known.done && known.sink.is_some_and(|sink| sink.batches == [Some(known.batch), None])
}

/// A batch that is not known to be in all sinks can only be brought to an end where all that were given output of it are there.
///
/// # Errors
/// The sink that is not.
pub(super) fn nobody_is_missing(batch: u64, meta: &Meta, answers: &[Answer]) -> Result<(), String> {
    let given = meta.sinks.iter().filter(|kept| kept.batches[0] == Some(batch));
    let mut missing = given.filter(|kept| answers.iter().all(|answer| answer.sink != kept.name));
    let Some(missing) = missing.next() else {
        return Ok(());
    };
    Err(format!(
        "batch {batch} may not be in sink `{}`, which this pipeline does not have: the process ended before it was written. Start once with that sink, \
         stop in good order, then rename or remove it",
        missing.name
    ))
}

/// The sink cannot tell. That matters only where nobody else knows whether the last batch counts.
fn unknown(answer: &Answer, known: Option<Known<'_>>) -> Result<Verdict, String> {
    let Some(known) = known.filter(|known| answer.decides && known.sink.is_some() && !known.done) else {
        return Ok(Verdict::Counts);
    };
    // Before the first batch there was nothing to know.
    if known.batch == 0 {
        return Ok(Verdict::Undone);
    }
    Err(format!(
        "sink `{}` does not know whether batch {} of the checkpoint was written: it has no record of any batch. Look at which batch the output \
         ends; if the record is lost for good, start with a new checkpoint directory and `.fresh(true)`",
        answer.sink, known.batch
    ))
}

fn written_by_another(sink: &str, batch: u64, run: &Run) -> String {
    let what = format!("sink `{sink}` holds the batches up to {batch} of another checkpoint");
    if run.is_new() {
        return run.unknown_batches(&what);
    }
    format!(
        "{what}: two pipelines write to it, or the directory is another one's; give each pipeline a sink and a checkpoint directory of its own"
    )
}

fn ahead(sink: &str, batch: u64, ends: &str) -> String {
    format!(
        "sink `{sink}` holds batch {batch}, and the checkpoint {ends}: the directory is an old copy; bring back the newest one"
    )
}

fn behind(sink: &str, decided: Option<u64>, last: Option<u64>) -> String {
    let has = decided.map_or("no batch".to_owned(), |batch| format!("the batches up to {batch}"));
    let last = last.unwrap_or_default();
    format!(
        "sink `{sink}` holds {has}, and the checkpoint knows that it was given batch {last}: the output is an old copy, or was taken away; bring it \
         back, or start with a new checkpoint directory"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(own: bool, says: Decided) -> Answer {
        let sink = "totals.table";
        Answer {
            sink,
            decides: own,
            decided: says,
        }
    }

    fn batch(batch: u64) -> Decided {
        let checkpoint = "ours".to_owned();
        Decided::Batch { checkpoint, batch }
    }

    fn kept(batches: [Option<u64>; 2]) -> SinkMeta {
        SinkMeta {
            name: "totals.table".to_owned(),
            receipt: None,
            batches,
            logged: None,
        }
    }

    /// The checkpoint ends at batch 9, of which the sink was given output, as it was of batch 7.
    fn judged(own: bool, says: Decided, done: bool) -> Result<Verdict, String> {
        let kept = kept([Some(9), Some(7)]);
        let sink = Some(&kept);
        let known = Known { batch: 9, done, sink };
        judge(&answer(own, says), Some(known), &Run::checkpointed("p", "ours", true))
    }

    fn refused(verdict: Result<Verdict, String>, text: &str) {
        let error = verdict.unwrap_err();
        assert!(error.contains(text), "{error}");
    }

    #[test]
    fn what_agrees_counts() {
        for decides in [true, false] {
            assert_eq!(judged(decides, batch(9), true), Ok(Verdict::Counts));
            assert_eq!(judged(decides, batch(9), false), Ok(Verdict::Counts));
            assert_eq!(judged(decides, Decided::Unknown, true), Ok(Verdict::Counts));
        }
        assert_eq!(judged(false, Decided::Unknown, false), Ok(Verdict::Counts));
    }

    #[test]
    fn a_batch_that_was_not_committed_is_undone_or_given_again() {
        assert_eq!(judged(true, batch(7), false), Ok(Verdict::Undone));
        assert_eq!(judged(false, batch(7), false), Ok(Verdict::Counts));
    }

    #[test]
    fn a_sink_without_output_of_the_last_batch_is_not_behind() {
        let kept = kept([Some(7), Some(3)]);
        let sink = Some(&kept);
        for done in [true, false] {
            let known = Known { batch: 9, done, sink };
            let run = Run::checkpointed("p", "ours", true);
            assert_eq!(judge(&answer(false, batch(7)), Some(known), &run), Ok(Verdict::Counts));
            refused(judge(&answer(false, batch(3)), Some(known), &run), "up to 3");
        }
    }

    #[test]
    fn what_is_ahead_or_behind_is_refused() {
        for decides in [true, false] {
            for done in [true, false] {
                refused(
                    judged(decides, batch(10), done),
                    "holds batch 10, and the checkpoint ends at batch 9",
                );
                refused(judged(decides, batch(6), done), "holds the batches up to 6");
                refused(judged(decides, Decided::Nothing, done), "holds no batch");
            }
            refused(judged(decides, batch(7), true), "holds the batches up to 7");
        }
        refused(judged(true, Decided::Unknown, false), "does not know whether batch 9");
    }

    #[test]
    fn a_batch_that_is_not_done_needs_all_its_sinks() {
        let gave = |batches| Meta {
            sinks: vec![kept(batches)],
            ..Meta::default()
        };
        let (there, gone) = ([answer(false, Decided::Unknown)], []);
        assert_eq!(nobody_is_missing(9, &gave([Some(9), Some(7)]), &there), Ok(()));
        assert_eq!(
            nobody_is_missing(9, &gave([Some(7), None]), &gone),
            Ok(()),
            "nothing of it is open"
        );
        let error = nobody_is_missing(9, &gave([Some(9), Some(7)]), &gone).unwrap_err();
        assert!(error.contains("batch 9 may not be in sink `totals.table`"), "{error}");
    }

    #[test]
    fn a_fresh_directory_stays_fresh_until_its_first_batch_is_in_the_sink() {
        let theirs = || Decided::Batch {
            checkpoint: "theirs".to_owned(),
            batch: 41,
        };
        let verdict = |batches, done, fresh| {
            let kept = kept(batches);
            let known = Known {
                batch: 0,
                done,
                sink: Some(&kept),
            };
            let run = Run::checkpointed("p", "ours", false).freshly(fresh);
            judge(&answer(false, theirs()), Some(known), &run)
        };
        assert_eq!(verdict([Some(0), None], false, true), Ok(Verdict::Counts));
        assert!(verdict([Some(0), None], false, false).is_err());
        assert!(
            verdict([Some(0), None], true, true).is_err(),
            "two pipelines write to it"
        );
    }

    #[test]
    fn another_checkpoint_is_refused() {
        let other = || Decided::Batch {
            checkpoint: "theirs".to_owned(),
            batch: 4,
        };
        refused(
            judged(false, other(), true),
            "up to 4 of another checkpoint: two pipelines",
        );
        let new = Run::new_checkpoint("p", "ours", false);
        refused(judge(&answer(false, other()), None, &new), "holds no batch");
        let fresh = Run::new_checkpoint("p", "ours", true);
        assert_eq!(judge(&answer(false, other()), None, &fresh), Ok(Verdict::Counts));
        for run in [new, fresh] {
            assert_eq!(judge(&answer(true, Decided::Nothing), None, &run), Ok(Verdict::Counts));
            refused(judge(&answer(true, batch(0)), None, &run), "an old copy");
        }
    }
}
