//! Partitions that are read and give no event times do not hold windows back for ever.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;
use streaming_runtime::testing::json;

#[derive(Debug, Serialize, Deserialize)]
struct Click {
    kind: String,
    at: i64,
}

fn click(kind: &str, at: i64) -> Click {
    Click {
        kind: kind.to_owned(),
        at,
    }
}

const EVERY: Duration = Duration::from_millis(800);

#[test]
fn a_partition_of_which_all_is_filtered_out() {
    let pipeline = stream_pipeline!({
        let clicks = stdin().json::<Click>();
        let wanted = clicks
            .filter(|click| click.kind == "a")
            .event_time(|click| click.at, max_delay = 1s, idle = 5s);
        let counts = wanted.key_by(|click| click.kind.as_str()).window(tumbling(10s)).count();
        counts.map(|(_, window, n)| (window.start, n)).print();
    });
    let mut driver = pipeline.test();
    driver.partitions("clicks", 2);
    for second in 0..30 {
        driver.push_to("clicks", 0, json([click("a", second * 1000)]));
        driver.push_to("clicks", 1, json([click("b", second * 1000)]));
        driver.advance(EVERY);
    }
    assert_eq!(driver.output("counts.print").sorted(), ["(0, 10)", "(10000, 10)"]);
    let progress = driver.progress().unwrap();
    assert_eq!(progress.watermark, Some(28_000));
    let clock = &progress.clocks[0];
    assert_eq!(
        (clock.set_by.as_deref(), clock.unseen, clock.idle),
        (Some("clicks/0"), 0, 1)
    );
}

#[test]
fn a_partition_of_which_nothing_can_be_decoded() {
    let pipeline = stream_pipeline!({
        let clicks = stdin().json::<Click>().on_error(skip);
        let timed = clicks.event_time(|click| click.at, max_delay = 1s, idle = 5s);
        let counts = timed.key_by(|click| click.kind.as_str()).window(tumbling(10s)).count();
        counts.map(|(_, window, n)| (window.start, n)).print();
    });
    let mut driver = pipeline.test();
    driver.partitions("clicks", 2);
    for second in 0..30 {
        driver.push_to("clicks", 0, json([click("a", second * 1000)]));
        driver.push_to("clicks", 1, "nonsense");
        driver.advance(EVERY);
    }
    assert_eq!(driver.output("counts.print").sorted(), ["(0, 10)", "(10000, 10)"]);
    assert_eq!(driver.progress().unwrap().totals.skipped, 30);
}

#[test]
fn a_partition_that_gives_times_is_waited_for() {
    let pipeline = stream_pipeline!({
        let clicks = stdin().json::<Click>();
        let wanted = clicks
            .filter(|click| click.kind == "a")
            .event_time(|click| click.at, max_delay = 0s, idle = 5s);
        let counts = wanted.key_by(|click| click.kind.as_str()).window(tumbling(10s)).count();
        counts.map(|(_, window, n)| (window.start, n)).print();
    });
    let mut driver = pipeline.test();
    driver.partitions("clicks", 2);
    // One of them has a time every 4 s, and nothing but others in between.
    for second in 0..30 {
        driver.push_to("clicks", 0, json([click("a", 100_000 + second * 1000)]));
        let kind = if second % 5 == 0 { "a" } else { "b" };
        driver.push_to("clicks", 1, json([click(kind, second)]));
        driver.advance(EVERY);
    }
    assert!(driver.output("counts.print").is_empty());
    assert_eq!(driver.progress().unwrap().watermark, Some(25));
    assert_eq!(driver.progress().unwrap().clocks[0].set_by.as_deref(), Some("clicks/1"));
}
