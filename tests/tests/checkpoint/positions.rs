//! A position belongs to the name of its source, wherever the source stands in the pipeline.

use std::path::Path;

use streaming_runtime::sink::Collected;
use streaming_runtime::{PipelineError, stream_pipeline};

/// Runs a pipeline and returns what it read, in ascending order.
macro_rules! read {
    ($directory:expr, $($pipeline:tt)*) => {{
        let read = Collected::new();
        let out = read.clone();
        let result = stream_pipeline!({
            settings(trigger = available_now, name = "union");
            $($pipeline)*
            all.map(|n| *n).to(collect(out));
        })
        .checkpoint($directory)
        .run_blocking();
        result.map(|_| {
            let mut read = read.take();
            read.sort_unstable();
            read
        })
    }};
}

/// The checkpoint of a pipeline that has read `a` up to 2 and `b` up to 10.
fn begun(directory: &Path) {
    let first = read!(directory, let a = memory(vec![1, 2]); let b = memory(vec![10]); let all = union(a, b););
    assert_eq!(first.unwrap(), [1, 2, 10]);
}

#[test]
fn arms_of_a_union_that_change_places_go_on_where_they_were() {
    let directory = tempfile::tempdir().unwrap();
    begun(directory.path());
    let swapped = read!(
        directory.path(),
        let b = memory(vec![10, 11]); let a = memory(vec![1, 2, 3]); let all = union(b, a);
    );
    assert_eq!(swapped.unwrap(), [3, 11]);
}

#[test]
fn an_arm_that_is_inserted_begins_at_its_beginning() {
    let directory = tempfile::tempdir().unwrap();
    begun(directory.path());
    let more = read!(
        directory.path(),
        let c = memory(vec![100]); let a = memory(vec![1, 2, 3]); let b = memory(vec![10, 11]); let all = union(c, a, b);
    );
    assert_eq!(more.unwrap(), [3, 11, 100]);
}

#[test]
fn an_arm_that_was_removed_goes_on_where_it_was_when_it_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    begun(directory.path());
    let one = read!(directory.path(), let b = memory(vec![10, 11]); let all = b.filter(|_| true););
    assert_eq!(one.unwrap(), [11]);
    let both = read!(
        directory.path(),
        let a = memory(vec![1, 2, 3]); let b = memory(vec![10, 11, 12]); let all = union(a, b);
    );
    assert_eq!(both.unwrap(), [3, 12]);
}

#[test]
fn an_arm_that_may_have_been_renamed_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    begun(directory.path());
    let renamed = read!(
        directory.path(),
        let z = memory(vec![1, 2, 3]); let b = memory(vec![10, 11]); let all = union(z, b);
    );
    let error = renamed.unwrap_err();
    assert!(matches!(error, PipelineError::Checkpoint(_)), "{error}");
    let error = error.to_string();
    assert!(
        error.contains("source `a`") && error.contains("source `z` is new"),
        "{error}"
    );
    // Nothing was begun: the old program goes on.
    let again = read!(
        directory.path(),
        let a = memory(vec![1, 2, 3]); let b = memory(vec![10]); let all = union(a, b);
    );
    assert_eq!(again.unwrap(), [3]);
}
