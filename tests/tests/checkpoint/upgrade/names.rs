//! Names of streams, and operators that come and go.

use streaming_runtime::stream_pipeline;
use streaming_runtime::testing::{Checkpoint, Driver};

use super::{Order, order, refused};

stream_pipeline!(
    /// The program before.
    fn before() {
        settings(name = "totals");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let totals = orders
            .key_by(|o| o.user.as_str())
            .window(tumbling(1min))
            .agg((key().clone(), count()));
        totals.to(files("out").jsonl());
    }
);

fn filled() -> Driver<impl streaming_runtime::Graph> {
    let mut driver = before().test_with(Checkpoint::temporary());
    driver.push("orders", order("ann", 61_000, 500));
    driver.tick();
    driver
}

#[test]
fn a_renamed_stream_is_found_again_with_its_positions_and_its_time() {
    let after = stream_pipeline!({
        settings(name = "totals");
        #[was = "orders"]
        let payments = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        #[was = "sums"]
        #[was = "totals"]
        let counts = payments
            .key_by(|o| o.user.as_str())
            .window(tumbling(1min))
            .agg((key().clone(), count()));
        counts.to(files("out").jsonl());
        payments.map(|o| o.cents).to(files("all").jsonl());
    });
    let mut driver = filled().restart(after);
    // Behind the watermark that the clock of `orders` had.
    driver.push("payments", order("bob", 1_000, 1));
    driver.push("payments", order("ann", 62_000, 7));
    driver.tick();
    assert_eq!(driver.progress().unwrap().late, 1);
    assert_eq!(
        driver.output("payments.files").text(),
        ["1", "7"],
        "nothing is read again"
    );
    driver.push("payments", order("ann", 120_000, 1));
    driver.tick();
    assert_eq!(driver.output("counts.files").text(), [r#"["ann",2]"#]);
    assert_eq!(driver.progress().unwrap().totals.rows_in, 4);
}

#[test]
fn a_renamed_stream_that_does_not_say_so_is_refused() {
    let after = stream_pipeline!({
        settings(name = "totals");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let counts = orders
            .key_by(|o| o.user.as_str())
            .window(tumbling(1min))
            .agg((key().clone(), count()));
        counts.to(files("out").jsonl());
    });
    let error = refused(filled().try_restart(after));
    assert!(
        error.contains("state of operator `totals`") && error.contains("#[was = \"totals\"]"),
        "{error}"
    );
    let after = stream_pipeline!({
        settings(name = "totals");
        let payments = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let totals = payments
            .key_by(|o| o.user.as_str())
            .window(tumbling(1min))
            .agg((key().clone(), count()));
        totals.to(files("out").jsonl());
    });
    let error = refused(filled().try_restart(after));
    assert!(
        error.contains("source `orders`") && error.contains("#[was = \"orders\"]"),
        "{error}"
    );
}

#[test]
fn an_operator_behind_an_aggregate_and_behind_event_time_changes_nothing() {
    let after = stream_pipeline!({
        settings(name = "totals");
        let orders = files("in/*")
            .json::<Order>()
            .event_time(|o| o.at, max_delay = 0s)
            .filter(|o| o.cents < 1_000);
        let totals = orders
            .key_by(|o| o.user.as_str())
            .window(tumbling(1min))
            .agg((key().clone(), count()))
            .map(|(user, n)| format!("{user}: {n}"));
        totals.to(files("out").jsonl());
    });
    let mut driver = filled().restart(after);
    driver.push("orders", order("bob", 1_000, 1));
    driver.push("orders", order("ann", 62_000, 7));
    driver.tick();
    assert_eq!(driver.progress().unwrap().late, 1);
    driver.push("orders", order("ann", 120_000, 1));
    driver.tick();
    assert_eq!(driver.output("totals.files").text(), [r#""ann: 2""#]);
    // And back.
    let mut driver = driver.restart(before());
    driver.push("orders", order("ann", 180_000, 1));
    driver.tick();
    assert_eq!(driver.take_output("totals.files").text()[1..], [r#"["ann",1]"#]);
}

#[test]
fn a_new_operator_starts_empty_and_one_that_is_gone_is_refused() {
    let more = stream_pipeline!({
        settings(name = "totals");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 0s);
        let totals = orders
            .key_by(|o| o.user.as_str())
            .window(tumbling(1min))
            .agg((key().clone(), count()));
        totals.to(files("out").jsonl());
        let ever = orders.key_by(|o| o.user.as_str()).running(unbounded).count();
        ever.map(|row| serde_json::to_string(&row).unwrap()).print();
    });
    let mut driver = filled().restart(more);
    driver.push("orders", order("ann", 62_000, 7));
    driver.tick();
    assert_eq!(driver.output("ever.print").text(), [r#"["ann",1]"#]);
    let error = refused(driver.try_restart(before()));
    assert!(error.contains("state of operator `ever`"), "{error}");
}

stream_pipeline!(
    fn ever() {
        settings(name = "ever");
        let orders = files("in/*").json::<Order>();
        let ever = orders.key_by(|o| o.user.as_str()).running(unbounded).count();
        ever.map(|row| serde_json::to_string(&row).unwrap()).print();
    }
);

#[test]
fn state_that_is_reset_begins_anew_once_for_each_reason() {
    macro_rules! reset {
        ($why:literal) => {
            stream_pipeline!({
                settings(name = "ever");
                let orders = files("in/*").json::<Order>();
                #[reset = $why]
                let ever = orders.key_by(|o| o.user.as_str()).running(unbounded).count();
                ever.map(|row| serde_json::to_string(&row).unwrap()).print();
            })
        };
    }
    fn one_more<G: streaming_runtime::Graph>(driver: &mut Driver<G>) -> String {
        driver.push("orders", order("ann", 0, 1));
        driver.tick();
        driver.output("ever.print").text().last().unwrap().clone()
    }
    let mut driver = ever().test_with(Checkpoint::temporary());
    driver.push("orders", order("ann", 0, 1));
    driver.push("orders", order("ann", 0, 1));
    driver.tick();
    let mut driver = driver.restart(reset!("wrong users"));
    assert_eq!(one_more(&mut driver), r#"["ann",1]"#);
    let mut driver = driver.restart(reset!("wrong users"));
    assert_eq!(one_more(&mut driver), r#"["ann",2]"#, "it does not begin anew again");
    let mut driver = driver.restart(ever());
    assert_eq!(one_more(&mut driver), r#"["ann",3]"#, "without it neither");
    let mut driver = driver.restart(reset!("wrong users"));
    assert_eq!(one_more(&mut driver), r#"["ann",4]"#);
    let mut driver = driver.restart(reset!("wrong again"));
    assert_eq!(one_more(&mut driver), r#"["ann",1]"#);
}

#[test]
fn what_is_reset_may_change_its_type() {
    let after = stream_pipeline!({
        settings(name = "ever");
        let orders = files("in/*").json::<Order>();
        #[reset = "a list"]
        let ever = orders
            .key_by(|o| o.cents)
            .running(unbounded)
            .agg((key(), collect(|o| o.user.clone())));
        ever.map(|row| serde_json::to_string(&row).unwrap()).print();
    });
    let mut driver = ever().test_with(Checkpoint::temporary());
    driver.push("orders", order("ann", 0, 1));
    driver.tick();
    let mut driver = driver.restart(after);
    driver.push("orders", order("bob", 0, 1));
    driver.tick();
    assert_eq!(driver.output("ever.print").text().last().unwrap(), r#"[1,["bob"]]"#);
}

/// Two operators of one stream that keep state.
macro_rules! chain {
    ($(#[$was:meta])* $name:ident $($more:tt)*) => {
        stream_pipeline!({
            settings(name = "chain");
            let orders = files("in/*").json::<Order>();
            $(#[$was])*
            let $name = orders
                .key_by(|o| o.user.as_str())
                .running(unbounded)
                .count()
                .key_by(|row| row.0.len())
                .running(unbounded)
                .sum(|row| row.1)
                $($more)*;
            let shown = $name.map(|row| serde_json::to_string(&row).unwrap());
            shown.print();
        })
    };
}

#[test]
fn a_stream_of_two_operators_is_renamed_with_both() {
    fn one_more<G: streaming_runtime::Graph>(driver: &mut Driver<G>) -> String {
        driver.push("orders", order("ann", 0, 1));
        driver.tick();
        driver.output("shown.print").text().last().unwrap().clone()
    }
    let mut driver = chain!(sums).test_with(Checkpoint::temporary());
    assert_eq!(one_more(&mut driver), "[3,1]");
    assert_eq!(one_more(&mut driver), "[3,3]");
    let mut driver = driver.restart(chain!(
        #[was = "sums"]
        totals
    ));
    assert_eq!(one_more(&mut driver), "[3,6]");
    // What was `totals` is `totals.sum` now, and back.
    let mut driver = driver.restart(chain!(totals.filter(|_| true)));
    assert_eq!(one_more(&mut driver), "[3,10]");
    let mut driver = driver.restart(chain!(
        #[was = "totals"]
        ever
    ));
    assert_eq!(one_more(&mut driver), "[3,15]");
}

stream_pipeline!(
    fn two_sources() {
        settings(name = "sources");
        let orders = files("in/*").json::<Order>();
        let extra = files("extra/*").json::<Order>();
        let all = union(orders, extra);
        all.map(|o| o.cents).print();
    }
);

stream_pipeline!(
    fn one_source() {
        settings(name = "sources");
        let orders = files("in/*").json::<Order>();
        orders.map(|o| o.cents).print();
    }
);

stream_pipeline!(
    fn another_source() {
        settings(name = "sources");
        let orders = files("in/*").json::<Order>();
        let other = files("other/*").json::<Order>();
        let all = union(orders, other);
        all.map(|o| o.cents).print();
    }
);

#[test]
fn after_a_source_was_removed_another_is_added_once_its_positions_are_forgotten() {
    let removed = || {
        let mut driver = two_sources().test_with(Checkpoint::temporary());
        driver.push("orders", order("ann", 0, 1));
        driver.push("extra", order("ann", 0, 2));
        driver.tick();
        let mut driver = driver.restart(one_source());
        driver.push("orders", order("ann", 0, 3));
        driver.tick();
        driver
    };
    let error = refused(removed().try_restart(another_source()));
    assert!(
        error.contains("positions of source `extra`") && error.contains(r#"`.forget("extra")`"#),
        "{error}"
    );
    let mut driver = removed().restart(another_source().forget("extra"));
    driver.push("other", order("ann", 0, 4));
    driver.tick();
    // They are gone for good.
    let mut driver = driver.restart(another_source());
    driver.push("other", order("ann", 0, 5));
    driver.tick();
    assert_eq!(driver.progress().unwrap().totals.rows_in, 5);
}
