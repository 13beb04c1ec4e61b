//! Windows that begin elsewhere than at the epoch.

use std::time::Duration;

use streaming_runtime::stream_pipeline;

/// 2024-03-01T00:00:00Z, a Friday.
const FRIDAY: i64 = 1_709_251_200_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

macro_rules! starts {
    (($($window:tt)*), $times:expr) => {{
        let pipeline = stream_pipeline!({
            let times = stdin().lines().map(|line| line.parse::<i64>().unwrap_or_default());
            let timed = times.event_time(|at| *at, max_delay = 0s);
            let windows = timed.key_by(|_| 0u8).window(tumbling($($window)*)).agg((window_start(), window_end(), count()));
            windows.print();
        });
        let mut driver = pipeline.test();
        driver.push("times", $times.map(|at: i64| at.to_string()).to_vec());
        driver.finish();
        driver.output("windows.print").sorted()
    }};
}

fn window(start: i64, size: i64, n: u64) -> String {
    format!("({start}, {}, {n})", start + size)
}

#[test]
fn weeks_begin_on_monday() {
    let monday = FRIDAY - 4 * DAY;
    let got = starts!((7d, offset = 4d), [monday - 1, monday, FRIDAY, monday + 7 * DAY - 1]);
    assert_eq!(got, [window(monday - 7 * DAY, 7 * DAY, 1), window(monday, 7 * DAY, 3)]);
    assert_eq!(
        got,
        starts!((7d, offset = -3d), [monday - 1, monday, FRIDAY, monday + 7 * DAY - 1])
    );
}

#[test]
fn days_of_a_time_zone() {
    // Midnight in Berlin, in winter, is 23:00 UTC.
    let midnight = FRIDAY - HOUR;
    let got = starts!((1d, offset = -1h), [midnight - 1, midnight, FRIDAY, midnight + DAY]);
    let expect = [
        window(midnight - DAY, DAY, 1),
        window(midnight, DAY, 2),
        window(midnight + DAY, DAY, 1),
    ];
    assert_eq!(got, expect);
}

#[test]
fn before_the_epoch_as_after_it() {
    let offset = Duration::from_secs(20);
    let got = starts!((1min, offset = offset), [-40_001, -40_000, 0, 19_999, 20_000]);
    assert_eq!(
        got,
        [
            window(-100_000, 60_000, 1),
            window(-40_000, 60_000, 3),
            window(20_000, 60_000, 1)
        ]
    );
    let got = starts!((1min), [-60_001, -60_000, -1, 0]);
    assert_eq!(
        got,
        [
            window(-120_000, 60_000, 1),
            window(-60_000, 60_000, 2),
            window(0, 60_000, 1)
        ]
    );
}
