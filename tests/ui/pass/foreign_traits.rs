//! Traits of the user's for every type, with methods of the names that the expansion calls.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::wrong_self_convention, clippy::new_ret_no_self)]

use streaming_runtime::sink::Collected;
use streaming_runtime::stream_pipeline;

macro_rules! everywhere {
    ($($name:ident)*) => {
        /// Takes `self`.
        #[allow(dead_code)]
        trait ByValue: Sized { $(fn $name(self) -> Wrong { Wrong })* }
        impl<T> ByValue for T {}
        mod by_reference {
            /// Takes `&self`.
            #[allow(dead_code)]
            pub(super) trait ByReference { $(fn $name(&self) -> super::Wrong { super::Wrong })* }
            impl<T: ?Sized> ByReference for T {}
        }
    };
}

/// What no expansion can do anything with.
struct Wrong;

everywhere! {
    map filter filter_map flat_map inspect key_by event_time agg count sum reduce fold union split branch
    record records payloads row task enter late error fail order arrival see slot place slice merge push own lend kind
    printed text outlet open new add finish get next into_iter enumerate into from default eq cmp
    put start name settings combine_with reduce_with keep taken numbered
    decode advance payload header call about given reduced window running batch ttl unbounded tumbling
    fates begin end used skipped dead_lettered total ahead later earlier
}

/// Neither trait is in scope here, where the test is written in plain Rust.
#[allow(unused_imports)]
mod in_scope {
    use super::by_reference::ByReference as _;
    use super::{ByValue as _, Collected, stream_pipeline};

    stream_pipeline!(
        pub(super) fn surrounded(dir: &str, out: Collected<(u64, u64)>, limit: u64) {
            settings(trigger = available_now, threads = 1);
            let rows = files(format!("{dir}/*.csv")).csv::<u64>(header = false).on_error(skip);
            let lines = files(format!("{dir}/*.json")).json::<u64>();
            union(rows, lines).print();
            let numbers = memory(vec![1_u64, 2, 3]).event_time(|n| *n, max_delay = 1s);
            let keyed = numbers.key_by(|n| **n % limit);
            let windows = keyed
                .window(tumbling(1s))
                .agg((key(), count(), last(|n| **n), sum(|n| **n)));
            let folded = keyed.batch().fold(0, |a, b| a + b);
            let most = keyed.batch().reduce(|a, b| if a > b { a } else { b });
            let both = union(folded, most);
            both.filter(|row| row.1 > limit).print();
            windows
                .map(|row| (row.0, row.3))
                .filter(|row| row.1 > limit)
                .to(collect(out));
            windows.late().print();
        }
    );
}

#[test]
fn they_are_not_called() {
    let out = Collected::new();
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("a.csv"), "5\n").expect("a file");
    std::fs::write(dir.path().join("a.json"), "6\n").expect("a file");
    let pipeline = in_scope::surrounded(&dir.path().display().to_string(), out.clone(), 2);
    pipeline.run_blocking().expect("it runs");
    let mut sums = out.take();
    sums.sort_unstable();
    assert_eq!(sums, [(1, 4)]);
}
