//! Keys, what is aggregated over, and key partitions.

use std::collections::BTreeMap;

use streaming_runtime::testing::{Checkpoint, Step};
use streaming_runtime::{Graph, Pipeline, stream_pipeline};

use super::{Order, order, refused};

macro_rules! keyed {
    ($key:expr, $($window:tt)*) => {
        stream_pipeline!({
            settings(name = "keyed");
            let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
            let counts = orders.key_by($key).window($($window)*).count();
            counts.map(|(_, _, n)| n).to(files("out").jsonl());
        })
    };
}

#[test]
fn other_keys_and_other_windows_are_refused_in_words() {
    let filled = || {
        let mut driver = keyed!(|o| o.user.as_str(), tumbling(1min)).test_with(Checkpoint::temporary());
        driver.push("orders", order("ann", 1, 1));
        driver.tick();
        driver
    };
    let error = refused(filled().try_restart(keyed!(|o| (o.user.as_str(), o.cents), tumbling(1min))));
    assert!(
        error.contains("the key of `counts` has changed: it was `String` and is `(String, u64)`"),
        "{error}"
    );
    let error = refused(filled().try_restart(keyed!(|o| o.user.as_str(), tumbling(5min))));
    assert!(
        error.contains("`counts` was over tumbling windows of 1min and is now over tumbling windows of 5min"),
        "{error}"
    );
    let error = refused(filled().try_restart(keyed!(|o| o.user.as_str(), sliding(1min, every = 10s))));
    assert!(
        error.contains("is now over sliding windows of 1min every 10s"),
        "{error}"
    );
    let error = refused(filled().try_restart(keyed!(|o| o.user.as_str(), session(gap = 90s))));
    assert!(error.contains("is now over sessions that end after 90s"), "{error}");
}

stream_pipeline!(
    fn partitioned() {
        settings(name = "partitioned");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let ever = orders
            .key_by(|o| o.user.as_str())
            .running(unbounded)
            .agg((key().clone(), collect(|o| o.cents)));
        ever.map(|row| serde_json::to_string(&row).unwrap()).print();
        let windows = orders.key_by(|o| o.user.len()).window(tumbling(1min)).count();
        windows.map(|(key, _, n)| (key, n)).to(files("windows").jsonl());
    }
);

fn with(partitions: usize) -> Pipeline<impl Graph> {
    partitioned().key_partitions(partitions)
}

#[test]
fn another_number_of_key_partitions_is_converted_wherever_it_crashes() {
    let users: Vec<String> = (0..100).map(|n| format!("user {n}")).collect();
    for step in Step::OF_A_START {
        let mut driver = with(16).test_with(Checkpoint::temporary());
        let mut expected = BTreeMap::<&str, Vec<u64>>::new();
        for (round, partitions) in [2, 64, 1, 16].into_iter().enumerate() {
            for user in &users {
                driver.push("orders", order(user, 1_000, round as u64));
                expected.entry(user).or_default().push(round as u64);
            }
            driver.tick();
            driver.crash_at(step);
            let crashed = driver.restart(with(partitions));
            assert!(crashed.is_down(), "{step}");
            let restarted = crashed.restart(with(partitions));
            driver = restarted.restart(with(16));
        }
        let mut got = BTreeMap::new();
        for line in driver.output("ever.print").text() {
            let (user, list): (String, Vec<u64>) = serde_json::from_str(&line).unwrap();
            got.insert(user, list);
        }
        assert_eq!(got.len(), expected.len());
        assert!(
            got.iter().all(|(user, list)| expected[user.as_str()] == *list),
            "{got:?}"
        );
        driver.push("orders", order("late", 60_000, 0));
        driver.tick();
        let mut windows = driver.output("windows.files").text();
        windows.sort_unstable();
        assert_eq!(windows, ["[6,40]", "[7,360]"]);
    }
}
