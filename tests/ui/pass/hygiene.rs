//! Names of the user's that the expansion has of its own as well.
#![deny(warnings, clippy::pedantic)]

use streaming_runtime::stream_pipeline;

mod op {
    pub(super) fn twice(n: u64) -> u64 {
        n * 2
    }
}

fn count(n: u64) -> u64 {
    n + 1
}

#[allow(dead_code)]
enum Option {
    None,
    Some(u64),
}

#[test]
fn names_do_not_meet() {
    let (record, task, chunk, key, row, at) = (1, 2, 3, 4, 5, 6);
    let pipeline = stream_pipeline!({
        let numbers = rate(10, count = 3);
        let sums = numbers
            .map(|n| op::twice(n.value) + record + task + chunk + key + row + at)
            .filter(|n| matches!(Option::Some(*n), Option::Some(_)))
            .event_time(|n| *n, max_delay = 1s)
            .key_by(|n| count(*n) % 2)
            .window(tumbling(1s))
            .agg((key(), sum(|n| count(*n)), record + task, count()));
        sums.print();
    });
    assert!(pipeline.explain().to_string().contains("sums"));
}
