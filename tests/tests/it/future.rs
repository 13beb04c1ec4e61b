//! Records from the future do not close windows before their time.

use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;
use streaming_runtime::testing::{Checkpoint, json};

#[derive(Debug, Serialize, Deserialize)]
struct Event {
    kind: String,
    at: i64,
}

fn at(at: i64) -> Event {
    Event {
        kind: "k".to_owned(),
        at,
    }
}

/// Microseconds of November 2023.
const MICROS: i64 = 1_700_000_000_000_000;

macro_rules! per_second {
    ($($max_ahead:tt)*) => {
        stream_pipeline!({
            let events = stdin().json::<Event>().event_time(|event| event.at, max_delay = 1s $($max_ahead)*);
            let counts = events.key_by(|event| event.kind.as_str()).window(tumbling(1s)).count();
            counts.map(|(_, window, n)| (window.start, n)).print();
            counts.late().map(|event| event.at).print();
        })
        .test()
    };
}

#[test]
fn a_time_in_the_wrong_unit_makes_nothing_late() {
    let mut driver = per_second!();
    for time in [1000, 2000, MICROS, 3000, 4000, 5000] {
        driver.push("events", json([at(time)]));
        driver.tick();
    }
    let progress = driver.progress().unwrap();
    assert_eq!((progress.totals.late, progress.totals.ahead), (0, 1));
    assert_eq!(progress.watermark, Some(4000));
    assert_eq!(
        progress.operators.iter().map(|operator| operator.ahead).sum::<u64>(),
        0,
        "of this batch"
    );
    assert_eq!(
        driver.output("counts.print").sorted(),
        ["(1000, 1)", "(2000, 1)", "(3000, 1)"]
    );
    driver.finish();
    let all = driver.output("counts.print").sorted();
    assert_eq!(all.len(), 6, "the record counts in its own window: {all:?}");
    assert!(all.contains(&format!("({MICROS}, 1)")));
    assert!(driver.output("counts.late.print").is_empty());
}

#[test]
fn also_where_it_comes_first() {
    let mut driver = per_second!();
    for time in [i64::MAX, MICROS, 1000, 2000, 3000] {
        driver.push("events", json([at(time)]));
        driver.tick();
    }
    let progress = driver.progress().unwrap();
    assert_eq!(
        (progress.totals.late, progress.totals.ahead, progress.watermark),
        (0, 2, Some(2000))
    );
}

#[test]
fn present_times_and_old_ones_are_not_too_far_ahead() {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64;
    let mut driver = per_second!();
    // Old data, seconds for milliseconds, now, and local time that is taken for UTC.
    for time in [-5_000, 0, 1_700_000_000, 1_700_000_000_000, now, now + 14 * 3_600_000] {
        driver.push("events", json([at(time)]));
        driver.tick();
        assert_eq!(driver.progress().unwrap().watermark, Some(time - 1000));
    }
    assert_eq!(driver.progress().unwrap().totals.ahead, 0);
}

#[test]
fn how_far_ahead_may_be_is_said_in_the_pipeline() {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64;
    let mut driver = per_second!(, max_ahead = 1h);
    driver.push("events", json([at(now), at(now + 2 * 3_600_000)]));
    driver.tick();
    let progress = driver.progress().unwrap();
    assert_eq!((progress.ahead, progress.watermark), (1, Some(now - 1000)));

    let mut driver = per_second!(, max_ahead = unbounded);
    driver.push("events", json([at(now), at(MICROS)]));
    driver.tick();
    let progress = driver.progress().unwrap();
    assert_eq!((progress.ahead, progress.watermark), (0, Some(MICROS - 1000)));
}

stream_pipeline!(
    /// Counts by second, over a checkpoint.
    fn kept_per_second() {
        let events = stdin().json::<Event>().event_time(|event| event.at, max_delay = 1s);
        let counts = events.key_by(|event| event.kind.as_str()).window(tumbling(1s)).count();
        counts.map(|(_, window, n)| (window.start, n)).print();
        counts.late().map(|event| event.at).print();
    }
);

/// A watermark that a wrong time has moved, and what becomes of the records that follow: how many are late, and all counts.
macro_rules! after_a_wrong_time {
    ($resumed:expr) => {{
        // An hour too late: a device with a wrong clock, which `max_ahead` lets pass.
        let wrong = 3_600_000;
        let mut driver = kept_per_second().test_with(Checkpoint::temporary());
        for time in [1000, 2000, wrong] {
            driver.push("events", json([at(time)]));
            driver.tick();
        }
        assert_eq!(driver.progress().unwrap().watermark, Some(wrong - 1000));
        let mut driver = driver.restart($resumed);
        for time in [2100, 3000, 4000, 5000] {
            driver.push("events", json([at(time)]));
            driver.tick();
        }
        let progress = driver.progress().unwrap();
        (progress.totals.late, driver.output("counts.print").sorted())
    }};
}

#[test]
fn a_watermark_that_a_wrong_time_has_moved_is_set_back() {
    let (late, counts) = after_a_wrong_time!(kept_per_second());
    assert_eq!(late, 4, "all that follows is late");
    assert_eq!(counts, ["(1000, 1)", "(2000, 1)"]);

    let (late, counts) = after_a_wrong_time!(kept_per_second().reset_watermark(2000i64));
    assert_eq!(late, 0);
    assert_eq!(
        counts,
        ["(1000, 1)", "(2000, 1)", "(2000, 1)", "(3000, 1)"],
        "a window that was closed too early is emitted once more, with what came then"
    );
}
