//! A pipeline inside `macro_rules!`, made of its fragments.
#![deny(warnings, clippy::pedantic)]

use streaming_runtime::sink::Collected;

macro_rules! counted {
    ($(#[$attr:meta])* $v:vis fn $name:ident ($size:literal, $delay:literal, $values:expr, $t:ty, $keep:expr, $out:pat, $ty:ty)) => {
        streaming_runtime::stream_pipeline!(
            $(#[$attr])*
            $v fn $name(out: Collected<(u64, $t)>) {
                settings(trigger = available_now, name = $size);
                let numbers = memory($values).event_time(|n| **n * 1000, max_delay = $delay);
                let kept = numbers.filter($keep).map(|n: &$t| *n);
                let windows = kept.key_by(|n| n % 2).window(tumbling($delay)).agg((key(), sum(|$out: &$ty| *$out)));
                windows.to(collect(out));
            }
        );
    };
}

counted!(
    /// Public.
    pub(super) fn public("ten", 10s, vec![1, 2, 3 + 1], u64, |n| **n > 1, n, u64)
);
counted!(fn private("one", 1min, (1..4).collect::<Vec<u64>>(), u64, |n| **n < 3, n, u64));
counted!(pub(crate) fn restricted("week", 7d, [5], u64, |_| true, n, u64));

macro_rules! echo {
    ($source:expr, $sink:expr, $statement:stmt, $limit:expr) => {
        streaming_runtime::stream_pipeline!({
            settings(trigger = available_now);
            $statement;
            let read = $source.filter(|n| **n > $limit);
            read.map(|n| *n).to($sink);
        })
    };
}

#[test]
fn they_run() {
    let out = Collected::new();
    public(out.clone()).run_blocking().expect("it runs");
    assert_eq!(out.take(), [(0, 6)]);
    private(out.clone()).run_blocking().expect("it runs");
    let mut sums = out.take();
    sums.sort_unstable();
    assert_eq!(sums, [(0, 2), (1, 1)]);
    restricted(out.clone()).run_blocking().expect("it runs");
    assert_eq!(out.take(), [(1, 5)]);
    let numbers = Collected::new();
    let handle = numbers.clone();
    echo!(memory(vec![1, 5, 9]), collect(handle), let factor = 2, factor + 1)
        .run_blocking()
        .expect("it runs");
    assert_eq!(numbers.take(), [5, 9]);
}
