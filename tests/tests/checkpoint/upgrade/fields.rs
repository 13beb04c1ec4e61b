//! Fields of an `agg`.

use serde::Serialize;
use streaming_runtime::stream_pipeline;
use streaming_runtime::testing::{Checkpoint, Driver};

use super::{Order, order, refused};

#[derive(Debug, Serialize)]
struct Total {
    user: String,
    n: u64,
    cents: u64,
}

stream_pipeline!(
    /// The program before.
    fn before() {
        settings(name = "totals");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let totals = orders.key_by(|o| o.user.as_str()).window(tumbling(1min)).agg(Total {
            user: key(),
            n: count(),
            cents: sum(|o| o.cents),
        });
        totals.to(files("out").jsonl());
    }
);

/// Two orders in an open window, and nothing written.
fn filled() -> Driver<impl streaming_runtime::Graph> {
    let mut driver = before().test_with(Checkpoint::temporary());
    driver.push("orders", order("ann", 1_000, 500));
    driver.push("orders", order("ann", 2_000, 250));
    driver.tick();
    assert!(driver.output("totals.files").is_empty(), "the window is open");
    driver
}

/// One more order, and one that closes the window. What comes out for it.
fn closed<G: streaming_runtime::Graph>(mut driver: Driver<G>) -> Vec<String> {
    driver.push("orders", order("ann", 3_000, 1));
    driver.tick();
    driver.push("orders", order("bob", 60_000, 1));
    driver.tick();
    driver.output("totals.files").text()
}

#[test]
fn fields_in_another_order_keep_what_they_held() {
    #[derive(Debug, Serialize)]
    struct Swapped {
        cents: u64,
        n: u64,
        user: String,
    }
    let after = stream_pipeline!({
        settings(name = "totals");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let totals = orders.key_by(|o| o.user.as_str()).window(tumbling(1min)).agg(Swapped {
            cents: sum(|order| order.cents),
            n: count(),
            user: key(),
        });
        totals.to(files("out").jsonl());
    });
    assert_eq!(closed(filled().restart(after)), [r#"{"cents":751,"n":3,"user":"ann"}"#]);
}

#[test]
fn a_new_field_starts_empty_and_one_that_is_gone_is_dropped() {
    #[derive(Debug, Serialize)]
    struct Listed {
        user: String,
        all: Vec<u64>,
        cents: u64,
    }
    let after = stream_pipeline!({
        settings(name = "totals");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let totals = orders.key_by(|o| o.user.as_str()).window(tumbling(1min)).agg(Listed {
            user: key(),
            all: collect(|o| o.cents),
            cents: sum(|o| o.cents),
        });
        totals.to(files("out").jsonl());
    });
    let mut driver = filled().restart(after);
    driver.push("orders", order("ann", 2_500, 2));
    driver.tick();
    // Dies, and resumes from what was added to the list.
    driver.crash();
    let again = stream_pipeline!({
        settings(name = "totals");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let totals = orders.key_by(|o| o.user.as_str()).window(tumbling(1min)).agg(Listed {
            user: key(),
            all: collect(|o| o.cents),
            cents: sum(|o| o.cents),
        });
        totals.to(files("out").jsonl());
    });
    assert_eq!(
        closed(driver.restart(again)),
        [r#"{"user":"ann","all":[2,1],"cents":753}"#]
    );
}

#[derive(Debug, Serialize)]
struct Averages {
    user: String,
    n: u64,
    mean: f64,
    cents: u64,
}

#[test]
fn a_field_that_is_computed_of_several_keeps_each() {
    let after = stream_pipeline!({
        settings(name = "totals");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let totals = orders.key_by(|o| o.user.as_str()).window(tumbling(1min)).agg(Averages {
            user: key(),
            mean: sum(|o| o.cents) as f64 / count() as f64,
            n: count(),
            cents: sum(|o| o.cents),
        });
        totals.to(files("out").jsonl());
    });
    // `cents` shares its sum with `mean`, and `n` its count.
    let mut driver = filled().restart(after);
    driver.push("orders", order("ann", 2_500, 1));
    driver.tick();
    // Without `mean` they have what both had.
    assert_eq!(
        closed(driver.restart(before())),
        [r#"{"user":"ann","n":4,"cents":752}"#]
    );
}

#[test]
fn a_field_that_would_have_half_of_its_history_is_refused() {
    #[derive(Debug, Serialize)]
    struct Averages {
        mean: f64,
        cents: u64,
    }
    let after = stream_pipeline!({
        settings(name = "totals");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let totals = orders.key_by(|o| o.user.as_str()).window(tumbling(1min)).agg(Averages {
            mean: sum(|o| o.cents) as f64 / count() as f64,
            cents: sum(|o| o.cents),
        });
        totals.to(files("out").jsonl());
    });
    let error = refused(filled().try_restart(after));
    assert!(
        error.contains(
            "`totals.mean` is now computed of `sum(|o| o.cents)`, which holds something, and of `count()`, which is new"
        ),
        "{error}"
    );
}

#[test]
fn aggregates_of_one_field_that_change_places_keep_what_they_held() {
    #[derive(Debug, Serialize)]
    struct Ratio {
        ratio: f64,
    }
    macro_rules! ratio {
        ($one:expr, $other:expr) => {
            stream_pipeline!({
                settings(name = "ratio");
                let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
                let totals = orders
                    .key_by(|o| o.user.as_str())
                    .window(tumbling(1min))
                    .agg(Ratio {
                        ratio: sum($one) as f64 / sum($other) as f64,
                    });
                totals.to(files("out").jsonl());
            })
        };
    }
    let mut driver = ratio!(|o| o.cents, |o| o.at as u64).test_with(Checkpoint::temporary());
    driver.push("orders", order("ann", 1_000, 7_999));
    driver.tick();
    assert_eq!(
        closed(driver.restart(ratio!(|o| o.at as u64, |o| o.cents))),
        [r#"{"ratio":0.5}"#]
    );
}

#[test]
fn what_has_no_value_of_open_windows_is_refused_and_then_nothing_is_lost() {
    #[derive(Debug, Serialize)]
    struct Peaks {
        user: String,
        n: u64,
        cents: u64,
        highest: u64,
    }
    let after = stream_pipeline!({
        settings(name = "totals");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let totals = orders.key_by(|o| o.user.as_str()).window(tumbling(1min)).agg(Peaks {
            user: key(),
            n: count(),
            cents: sum(|o| o.cents),
            highest: max(|o| o.cents),
        });
        totals.to(files("out").jsonl());
    });
    let error = refused(filled().try_restart(after));
    assert!(
        error.contains("`max(|o| o.cents)` is new in `totals`") && error.contains("drained"),
        "{error}"
    );
}

#[test]
fn another_function_of_the_record_is_said_and_another_aggregate_refused() {
    let after = stream_pipeline!({
        settings(name = "totals");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let totals = orders.key_by(|o| o.user.as_str()).window(tumbling(1min)).agg(Total {
            user: key(),
            n: count(),
            cents: sum(|o| o.cents * 100),
        });
        totals.to(files("out").jsonl());
    });
    assert_eq!(closed(filled().restart(after)), [r#"{"user":"ann","n":3,"cents":850}"#]);
    let other = stream_pipeline!({
        settings(name = "totals");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let totals = orders.key_by(|o| o.user.as_str()).window(tumbling(1min)).agg(Total {
            user: key(),
            n: count(),
            cents: max(|o| o.cents),
        });
        totals.to(files("out").jsonl());
    });
    let error = refused(filled().try_restart(other));
    assert!(
        error.contains("`totals.cents` was `sum(|o| o.cents)` and is `max(|o| o.cents)`"),
        "{error}"
    );
}

#[test]
fn places_in_a_tuple_are_found_by_what_is_computed() {
    let tuple = stream_pipeline!({
        settings(name = "tuples");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let totals = orders
            .key_by(|o| o.user.as_str())
            .window(tumbling(1min))
            .agg((sum(|o| o.cents), sum(|o| o.at as u64)));
        totals.to(files("out").jsonl());
    });
    let swapped = stream_pipeline!({
        settings(name = "tuples");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let totals = orders
            .key_by(|o| o.user.as_str())
            .window(tumbling(1min))
            .agg((sum(|o| o.at as u64), sum(|o| o.cents)));
        totals.to(files("out").jsonl());
    });
    let mut driver = tuple.test_with(Checkpoint::temporary());
    driver.push("orders", order("ann", 1_000, 7));
    driver.tick();
    assert_eq!(closed(driver.restart(swapped)), ["[4000,8]"]);
}

#[test]
fn in_sliding_windows_and_sessions_too() {
    macro_rules! pipelines {
        ($window:ident ($($args:tt)*)) => {{
            let before = stream_pipeline!({
                settings(name = "totals");
                let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
                let totals = orders.key_by(|o| o.user.as_str()).window($window($($args)*)).agg(Total {
                    user: key(),
                    n: count(),
                    cents: sum(|o| o.cents),
                });
                totals.to(files("out").jsonl());
            });
            let after = stream_pipeline!({
                settings(name = "totals");
                let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
                let totals = orders.key_by(|o| o.user.as_str()).window($window($($args)*)).agg((
                    Vec::<u64>::len(&collect(|o| o.cents)),
                    sum(|o| o.cents),
                    count(),
                ));
                totals.to(files("out").jsonl());
            });
            let mut driver = before.test_with(Checkpoint::temporary());
            driver.push("orders", order("ann", 1_000, 500));
            driver.push("orders", order("ann", 2_000, 250));
            driver.tick();
            closed(driver.restart(after))
        }};
    }
    assert_eq!(pipelines!(sliding(30s, every = 10s)), ["[1,751,3]"; 3]);
    assert_eq!(pipelines!(session(gap = 10s)), ["[1,751,3]"]);
}
