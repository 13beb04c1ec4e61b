//! A module without the prelude: whatever the expansion needs, it names by its path.
#![deny(warnings, clippy::pedantic)]

#[allow(clippy::wildcard_imports)]
mod bare {
    #![no_implicit_prelude]

    ::streaming_runtime::stream_pipeline!(
        /// All kinds of stages and sinks.
        pub(super) fn bare(out: ::streaming_runtime::sink::Collected<(u64, u64)>, limit: u64) {
            settings(trigger = available_now, threads = 1, checkpoint = "unused");
            let lines = files("no/*.such").lines();
            let rows = files("no/*.such").csv::<u64>(header = false);
            let numbers = memory([1_u64, 2, 3]).event_time(|n| *n, max_delay = 1s, idle = 2s);
            let typed = union(lines.map(|_| 1), rows);
            typed.filter_map(|_| ::core::option::Option::Some(1)).print();
            let keyed = numbers.key_by(|n| **n % limit);
            let windows = keyed
                .window(tumbling(1s))
                .agg((key(), count(), max(|n| **n), top(1, |n| **n)));
            let counts = keyed.running(ttl = 1h).count();
            let folded = keyed.batch().fold(0, |a, b| a + b);
            let longest = keyed.batch().reduce(|a, b| if a > b { a } else { b });
            let (low, high) = longest.split(|(_, n)| *n < limit);
            union(low, high).print();
            windows.map(|row| (row.0, row.1)).filter(|row| row.1 > limit).print();
            windows.late().print();
            counts.to(collect(out));
            folded.print();
        }
    );
}

#[test]
fn compiles() {
    let pipeline = bare::bare(streaming_runtime::sink::Collected::new(), 2);
    assert!(pipeline.explain().to_string().contains("folded"));
}
