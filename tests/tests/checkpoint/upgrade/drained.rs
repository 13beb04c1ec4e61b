//! A program that closes its windows, so that the next one may be another.

use streaming_runtime::testing::Checkpoint;
use streaming_runtime::{Graph, Pipeline, Trigger, stream_pipeline};

use super::{Order, order, refused};

stream_pipeline!(
    fn before() {
        settings(name = "drained");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 10s);
        let minutes =
            orders
                .key_by(|o| o.user.as_str())
                .window(tumbling(1min))
                .agg((key().clone(), window_end(), count()));
        let hours = minutes
            .key_by(|m| m.0.as_str())
            .window(tumbling(1h))
            .agg((key().clone(), sum(|m| m.2)));
        minutes.to(files("minutes").jsonl());
        hours.to(files("hours").jsonl());
    }
);

fn other_windows() -> Pipeline<impl Graph> {
    stream_pipeline!({
        settings(name = "drained");
        let orders = files("in/*").json::<Order>().event_time(|o| o.at, max_delay = 10s);
        let minutes = orders
            .key_by(|o| o.cents)
            .window(session(gap = 1min))
            .agg((key(), max(|o| o.at)));
        minutes.to(files("minutes").jsonl());
    })
}

#[test]
fn everything_is_emitted_and_then_anything_may_change() {
    let mut driver = before().test_with(Checkpoint::temporary());
    driver.push("orders", order("ann", 1_000, 1));
    driver.push("orders", order("ann", 61_000, 2));
    driver.push("orders", order("bob", 62_000, 3));
    driver.drain();
    assert!(driver.is_down());
    assert_eq!(
        driver.output("minutes.files").sorted(),
        [r#"["ann",120000,1]"#, r#"["ann",60000,1]"#, r#"["bob",120000,1]"#,]
    );
    assert_eq!(driver.output("hours.files").sorted(), [r#"["ann",2]"#, r#"["bob",1]"#]);
    assert_eq!(driver.progress().unwrap().totals.rows_in, 3);
    let mut driver = driver.restart(other_windows());
    // Time is what it was: this is not late.
    driver.push("orders", order("ann", 55_000, 7));
    driver.drain();
    assert_eq!(driver.progress().unwrap().late, 0);
    assert_eq!(driver.output("minutes.files").text()[3..], ["[7,55000]"]);
}

#[test]
fn without_it_the_change_is_refused() {
    let mut driver = before().test_with(Checkpoint::temporary());
    driver.push("orders", order("ann", 1_000, 1));
    driver.tick();
    let error = refused(driver.try_restart(other_windows()));
    assert!(error.contains("drained(true)"), "{error}");
}

#[test]
fn an_operator_that_is_gone_is_forgotten_where_one_says_so() {
    let one = || {
        stream_pipeline!({
            settings(name = "forgotten");
            let orders = files("in/*").json::<Order>();
            orders.map(|o| o.cents).print();
        })
    };
    let two = stream_pipeline!({
        settings(name = "forgotten");
        let orders = files("in/*").json::<Order>();
        let ever = orders.key_by(|o| o.user.as_str()).running(unbounded).count();
        ever.print();
        orders.map(|o| o.cents).print();
    });
    let mut driver = two.test_with(Checkpoint::temporary());
    driver.push("orders", order("ann", 1_000, 1));
    driver.tick();
    let mut driver = driver.restart(one().forget("ever"));
    driver.push("orders", order("ann", 1_000, 2));
    driver.tick();
    let mut driver = driver.restart(one());
    driver.push("orders", order("ann", 1_000, 3));
    driver.tick();
    assert_eq!(driver.output("orders.print").text(), ["1", "2", "3"]);
}

/// The running pipeline, not the bench.
fn lines(directory: &std::path::Path, rows: &str) -> Pipeline<impl Graph> {
    std::fs::create_dir_all(directory.join("in")).unwrap();
    std::fs::write(directory.join("in").join("1.jsonl"), rows).unwrap();
    let (input, output) = (directory.join("in/*").display().to_string(), directory.join("out"));
    stream_pipeline!({
        settings(name = "lines");
        let orders = files(input).json::<Order>().event_time(|o| o.at, max_delay = 10s);
        let minutes = orders
            .key_by(|o| o.user.as_str())
            .window(tumbling(1min))
            .agg((key().clone(), count()));
        minutes.to(files(output).jsonl());
    })
    .checkpoint(directory.join("checkpoint"))
}

fn written(directory: &std::path::Path) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(directory.join("out")).unwrap().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "jsonl") {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            lines.extend(text.lines().map(str::to_owned));
        }
    }
    lines.sort_unstable();
    lines
}

const ROWS: &str = "{\"user\":\"ann\",\"at\":1,\"cents\":1}\n{\"user\":\"ann\",\"at\":2,\"cents\":1}\n";

#[test]
fn a_run_may_be_told_so_before() {
    let directory = tempfile::tempdir().unwrap();
    let bounded = || lines(directory.path(), ROWS).trigger(Trigger::AvailableNow);
    assert_eq!(bounded().run_blocking().unwrap().state_rows, 1);
    let summary = bounded().drained(true).run_blocking().unwrap();
    assert_eq!((summary.rows_in, summary.rows_out, summary.state_rows), (0, 1, 0));
    assert_eq!(written(directory.path()), [r#"["ann",2]"#]);
    assert_eq!(bounded().run_blocking().unwrap().rows_out, 0);
}

#[test]
fn a_run_may_be_told_so_while_it_runs() {
    let directory = tempfile::tempdir().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let running = lines(directory.path(), ROWS)
        .trigger(Trigger::Asap)
        .listener(move |progress: &streaming_runtime::progress::BatchProgress| {
            let _ = tell.send(progress.rows_in);
        })
        .start();
    assert_eq!(told.recv().unwrap(), 2);
    running.drain();
    let summary = running.join().unwrap();
    assert_eq!((summary.rows_in, summary.rows_out, summary.state_rows), (2, 1, 0));
    assert_eq!(written(directory.path()), [r#"["ann",2]"#]);
}
