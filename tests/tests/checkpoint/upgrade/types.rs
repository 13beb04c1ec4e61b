//! Types of the user's in state.

use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;
use streaming_runtime::testing::Checkpoint;

use super::{Order, order, refused};

mod old {
    use super::{Deserialize, Serialize};

    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub(super) enum Level {
        Low,
        High(u32),
    }

    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub(super) struct Seen {
        pub(super) n: u32,
        pub(super) gone: String,
        pub(super) level: Level,
        pub(super) last: Option<u64>,
    }
}

mod new {
    use super::{Deserialize, Serialize};

    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub(super) enum Level {
        Low,
        Middle,
        High(u64),
    }

    /// Renamed, a field wider, one renamed, one gone, one new, and in another order.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub(super) struct Visits {
        #[serde(alias = "last")]
        pub(super) latest: Option<u64>,
        pub(super) level: Level,
        pub(super) n: u64,
        #[serde(default)]
        pub(super) new: Vec<u64>,
    }
}

macro_rules! before {
    () => {
        stream_pipeline!({
            settings(name = "seen");
            let orders = files("in/*").json::<Order>();
            let seen = orders.key_by(|o| o.user.as_str()).running(unbounded).fold(
                old::Seen {
                    n: 0,
                    gone: "gone".into(),
                    level: old::Level::Low,
                    last: None,
                },
                |seen, o| old::Seen {
                    n: seen.n + 1,
                    last: Some(o.cents),
                    level: if o.cents > 5 {
                        old::Level::High(o.cents as u32)
                    } else {
                        seen.level
                    },
                    ..seen
                },
            );
            seen.map(|row| serde_json::to_string(&row).unwrap()).print();
        })
    };
}

#[test]
fn a_type_is_read_by_the_rules_of_serde() {
    let after = stream_pipeline!({
        settings(name = "seen");
        let orders = files("in/*").json::<Order>();
        let seen = orders.key_by(|o| o.user.as_str()).running(unbounded).fold(
            new::Visits {
                n: 0,
                new: Vec::new(),
                level: new::Level::Middle,
                latest: None,
            },
            |mut seen, o| {
                seen.new.push(o.cents);
                new::Visits { n: seen.n + 1, ..seen }
            },
        );
        seen.map(|row| serde_json::to_string(&row).unwrap()).print();
    });
    let mut driver = before!().test_with(Checkpoint::temporary());
    driver.push("orders", order("ann", 0, 7));
    driver.push("orders", order("bob", 0, 1));
    driver.tick();
    let mut driver = driver.restart(after);
    driver.push("orders", order("ann", 0, 9));
    driver.push("orders", order("bob", 0, 9));
    driver.tick();
    let mut output = driver.output("seen.print").text()[2..].to_vec();
    output.sort_unstable();
    assert_eq!(
        output,
        [
            r#"["ann",{"latest":7,"level":{"High":7},"n":2,"new":[9]}]"#,
            r#"["bob",{"latest":1,"level":"Low","n":2,"new":[9]}]"#,
        ]
    );
}

#[test]
fn a_field_without_a_default_is_refused_and_the_state_stays() {
    #[derive(Debug, Clone, Serialize, Deserialize)]
    struct Needs {
        n: u64,
        needed: u64,
    }
    let after = stream_pipeline!({
        settings(name = "seen");
        let orders = files("in/*").json::<Order>();
        let seen = orders
            .key_by(|o| o.user.as_str())
            .running(unbounded)
            .fold(Needs { n: 0, needed: 0 }, |seen, _| seen);
        seen.map(|row| serde_json::to_string(&row).unwrap()).print();
    });
    let checkpoint = tempfile::tempdir().unwrap();
    let mut driver = before!().test_with(Checkpoint::in_directory(checkpoint.path()));
    driver.push("orders", order("ann", 0, 7));
    driver.tick();
    let error = refused(driver.try_restart(after));
    assert!(
        error.contains("the state of `seen` cannot take over what is there") && error.contains("`needed`"),
        "{error}"
    );
}

#[test]
fn values_of_aggregates_may_become_wider() {
    let before = stream_pipeline!({
        settings(name = "wider");
        let orders = files("in/*").json::<Order>();
        let highest = orders
            .key_by(|o| o.user.as_str())
            .running(unbounded)
            .agg((max(|o| o.cents as u16), collect(|o| o.cents as u8)));
        highest.map(|row| serde_json::to_string(&row).unwrap()).print();
    });
    let after = stream_pipeline!({
        settings(name = "wider");
        let orders = files("in/*").json::<Order>();
        let highest = orders
            .key_by(|o| o.user.as_str())
            .running(unbounded)
            .agg((max(|o| o.cents), collect(|o| o.cents)));
        highest.map(|row| serde_json::to_string(&row).unwrap()).print();
    });
    let mut driver = before.test_with(Checkpoint::temporary());
    driver.push("orders", order("ann", 0, 200));
    driver.tick();
    driver.push("orders", order("ann", 0, 100));
    driver.tick();
    let mut driver = driver.restart(after);
    driver.push("orders", order("ann", 0, 3));
    driver.tick();
    assert_eq!(
        driver.output("highest.print").text().last().unwrap(),
        "[200,[200,100,3]]"
    );
}

/// A fold over a state of this type, whose program adds to nothing.
macro_rules! kept {
    ($first:expr, $add:expr) => {
        stream_pipeline!({
            settings(name = "kept");
            let orders = files("in/*").json::<Order>();
            let kept = orders.key_by(|o| o.user.as_str()).running(unbounded).fold($first, $add);
            kept.map(|row| serde_json::to_string(&row).unwrap()).print();
        })
    };
}

#[test]
fn a_field_that_was_renamed_is_itself_in_every_later_program() {
    #[derive(Debug, Clone, Default, Serialize, Deserialize)]
    struct Cart {
        paid: u64,
        total: u64,
        count: u64,
    }
    mod renamed {
        use super::{Deserialize, Serialize};
        #[derive(Debug, Clone, Default, Serialize, Deserialize)]
        pub(super) struct Cart {
            pub(super) paid: u64,
            #[serde(alias = "total", alias = "amount")]
            pub(super) cents: u64,
            pub(super) count: u64,
        }
    }
    mod grown {
        use super::{Deserialize, Serialize};
        #[derive(Debug, Clone, Default, Serialize, Deserialize)]
        pub(super) struct Cart {
            pub(super) paid: u64,
            #[serde(alias = "total", alias = "amount")]
            pub(super) cents: u64,
            pub(super) count: u64,
            #[serde(default)]
            pub(super) new: u64,
        }
    }
    let mut driver = kept!(Cart::default(), |_, o| Cart {
        paid: 1,
        total: o.cents,
        count: 3,
    })
    .test_with(Checkpoint::temporary());
    driver.push("orders", order("ann", 0, 200));
    driver.tick();
    let mut driver = driver.restart(kept!(renamed::Cart::default(), |cart, _| cart));
    driver.push("orders", order("ann", 0, 9));
    driver.tick();
    let last = |text: Vec<String>| text.last().unwrap().clone();
    assert_eq!(
        last(driver.output("kept.print").text()),
        r#"["ann",{"paid":1,"cents":200,"count":3}]"#
    );
    let mut driver = driver.restart(kept!(grown::Cart::default(), |cart, _| cart));
    driver.push("orders", order("ann", 0, 9));
    driver.tick();
    assert_eq!(
        last(driver.output("kept.print").text()),
        r#"["ann",{"paid":1,"cents":200,"count":3,"new":0}]"#
    );
}
