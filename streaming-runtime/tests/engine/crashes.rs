//! The test bench: pipelines that crash and are restarted.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use streaming_runtime::sink::{BatchId, Encode, Sink, SinkError, delivery};
use streaming_runtime::stream_pipeline;
use streaming_runtime::testing::{Checkpoint, Driver, Step, values};

#[derive(Debug, Clone)]
struct Visit {
    page: &'static str,
    at: i64,
}

fn visit(page: &'static str, at: i64) -> Visit {
    Visit { page, at }
}

fn at(place: usize) -> i64 {
    i64::try_from(place).expect("few") * 4
}

stream_pipeline!(
    fn visits() {
        let visits = memory(Vec::<Visit>::new()).event_time(|v| v.at, max_delay = 5ms, idle = 1min);
        let ever = visits.key_by(|v| v.page).running(unbounded).count();
        ever.map(|(page, n)| format!("{page} {n}")).print();
        let windows = visits.key_by(|v| v.page).window(tumbling(10ms)).count();
        let late = windows.late().map(|v| format!("late {} {}", v.page, v.at));
        windows
            .map(|(page, window, n)| format!("{page} {} {n}", window.start))
            .to(files("unused").jsonl());
        late.to(files("unused").jsonl());
    }
);

const PAGES: [&str; 3] = ["/", "/a", "/b"];

/// Two batches with windows that stay open, and a late record that tells whether the watermark is still known.
fn batches() -> [Vec<Visit>; 4] {
    let visits = |range: std::ops::Range<usize>| range.map(|n| visit(PAGES[n % 3], at(n))).collect();
    [visits(0..7), visits(7..12), vec![visit("/late", 1)], visits(12..20)]
}

/// What readers see at the end, the last row of each running count, and how many records were read.
fn seen(mut driver: Driver<impl streaming_runtime::Graph>) -> (Vec<String>, Vec<String>, Vec<String>, u64) {
    driver.push("visits", values([visit("/end", 1_000)]));
    driver.tick();
    let read = driver.progress().expect("a batch").totals.rows_in;
    let mut last = BTreeMap::new();
    for row in driver.output("ever.print").text() {
        let (page, n) = row.split_once(' ').expect("two words");
        last.insert(page.to_owned(), n.to_owned());
    }
    let ever = last.into_iter().map(|(page, n)| format!("{page} {n}")).collect();
    (
        ever,
        sorted(&driver, "windows.files"),
        driver.output("late.files").json(),
        read,
    )
}

fn sorted(driver: &Driver<impl streaming_runtime::Graph>, sink: &str) -> Vec<String> {
    let mut rows: Vec<String> = driver.output(sink).json();
    rows.sort_unstable();
    rows
}

fn undisturbed() -> (Vec<String>, Vec<String>, Vec<String>, u64) {
    let mut driver = visits().test_with(Checkpoint::temporary());
    for batch in batches() {
        driver.push("visits", values(batch));
        driver.tick();
    }
    seen(driver)
}

#[test]
fn no_crash_shows_in_the_output() {
    let expected = undisturbed();
    assert_eq!(expected.2, ["late /late 1"]);
    assert_eq!(expected.3, 22);
    for step in Step::OF_A_BATCH {
        for crashes in 0..4 {
            let mut driver = visits().test_with(Checkpoint::temporary());
            for (number, batch) in batches().into_iter().enumerate() {
                driver.push("visits", values(batch));
                if number == crashes {
                    driver.crash_at(step);
                }
                driver.tick();
                if number == crashes {
                    assert!(driver.is_down(), "{step}");
                    driver = driver.restart(visits());
                    assert!(!driver.is_down());
                    driver.tick();
                }
            }
            assert_eq!(seen(driver), expected, "crashed at {step} in batch {crashes}");
        }
    }
}

#[test]
fn no_crash_of_a_start_shows_in_the_output() {
    let expected = undisturbed();
    for step in Step::OF_A_START {
        for first in Step::OF_A_BATCH {
            let mut driver = visits().test_with(Checkpoint::temporary());
            for (number, batch) in batches().into_iter().enumerate() {
                driver.push("visits", values(batch));
                if number == 1 {
                    driver.crash_at(first);
                    driver.tick();
                    for _ in 0..2 {
                        driver.crash_at(step);
                        driver = driver.restart(visits());
                        assert!(driver.is_down(), "{first}, {step}");
                    }
                    driver = driver.restart(visits());
                }
                driver.tick();
            }
            assert_eq!(seen(driver), expected, "crashed at {first}, then at {step}");
        }
    }
}

stream_pipeline!(
    fn printed() {
        let rows = stdin().lines();
        rows.print();
    }
);

#[test]
fn a_sink_that_promises_less_shows_it() {
    let after = |step| {
        let mut driver = printed().test_with(Checkpoint::temporary());
        driver.push("rows", "a");
        driver.crash_at(step);
        driver.tick();
        let mut driver = driver.restart(printed());
        driver.tick();
        driver.output("rows.print").text().join("")
    };
    assert_eq!(after(Step::Prepared), "a");
    assert_eq!(after(Step::Journaled), "a");
    assert_eq!(after(Step::Committed), "aa", "it was printed, and nobody knew");
    assert_eq!(after(Step::Done), "a");
}

#[test]
fn what_is_pushed_waits_for_the_restart_and_time_goes_on() {
    let mut driver = visits().test_with(Checkpoint::temporary());
    driver.push("visits", values([visit("/", 1)]));
    driver.tick();
    driver.crash();
    driver.push("visits", values([visit("/", 2)]));
    driver.advance(Duration::from_secs(5));
    assert_eq!(driver.output("ever.print").text(), ["/ 1"]);
    let mut driver = driver.restart(visits());
    driver.tick();
    assert_eq!(driver.output("ever.print").text(), ["/ 1", "/ 2"]);
    let batch = driver.progress().unwrap();
    assert_eq!((batch.batch, batch.batch_time), (1, 5_000));
}

#[test]
fn partitions_resume_one_by_one_and_those_that_ended_stay_away() {
    let mut driver = visits().test_with(Checkpoint::temporary());
    driver.push_to("visits", 0, values([visit("/", 100)]));
    driver.push_to("visits", 1, values([visit("/a", 50)]));
    driver.tick();
    driver.end_partition("visits", 1);
    driver.push_to("visits", 0, values([visit("/", 101)]));
    driver.tick();
    let mut driver = driver.restart(visits());
    driver.push_to("visits", 0, values([visit("/", 120)]));
    driver.tick();
    // Were partition 1 read again, its record would count twice; were it waited for, the window would be open.
    assert_eq!(sorted(&driver, "windows.files"), ["/ 100 2", "/a 50 1"]);
    assert_eq!(driver.progress().unwrap().totals.rows_in, 4);
}

#[test]
fn a_later_test_resumes_from_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let mut driver = visits().test_with(Checkpoint::in_directory(directory.path()));
    driver.push("visits", values([visit("/", 1), visit("/", 2)]));
    driver.tick();
    driver.stop();
    let mut driver = visits().test_with(Checkpoint::in_directory(directory.path()));
    driver.push("visits", values([visit("/", 3)]));
    driver.tick();
    assert_eq!(driver.output("ever.print").text(), ["/ 3"]);
}

/// A list that others read; it fails when it is asked to.
#[derive(Debug, Clone, Default)]
struct Shared {
    rows: Arc<Mutex<Vec<String>>>,
    fails: Arc<Mutex<bool>>,
    prepared: Vec<String>,
}

struct AsText;

impl Encode<String, Vec<String>> for AsText {
    fn encode(&self, record: String, staged: &mut Vec<String>) -> Result<(), SinkError> {
        staged.push(record);
        Ok(())
    }
}

impl Sink for Shared {
    type Staged = Vec<String>;
    type Encoder = AsText;
    type Delivery = delivery::AtLeastOnce;

    fn encoder(&self) -> AsText {
        AsText
    }
    async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<String>>) -> Result<(), SinkError> {
        self.prepared = staged.concat();
        Ok(())
    }
    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        if *self.fails.lock().unwrap() {
            return Err(SinkError::new("it fails".to_owned()));
        }
        self.rows.lock().unwrap().append(&mut self.prepared);
        Ok(())
    }
    async fn abort(&mut self, _: &BatchId) {
        self.prepared.clear();
    }
}

stream_pipeline!(
    fn into_shared(out: Shared) {
        let rows = stdin().lines().map(str::to_owned);
        rows.to(sink(out));
    }
);

#[test]
fn a_sink_of_ones_own_is_given_a_decided_batch_again() {
    let out = Shared::default();
    let mut driver = into_shared(out.clone()).test_with(Checkpoint::temporary());
    driver.push("rows", "a");
    *out.fails.lock().unwrap() = true;
    let error = driver.try_tick().unwrap_err();
    assert!(error.to_string().contains("it fails"), "{error}");
    assert!(driver.is_down(), "as in production");
    assert!(out.rows.lock().unwrap().is_empty());

    *out.fails.lock().unwrap() = false;
    driver.push("rows", "b");
    let mut driver = driver.restart(into_shared(out.clone()));
    assert_eq!(*out.rows.lock().unwrap(), ["a"]);
    driver.tick();
    assert_eq!(*out.rows.lock().unwrap(), ["a", "b"]);
}

#[test]
fn a_directory_that_was_taken_away_is_refused() {
    let checkpoint = Checkpoint::temporary();
    let mut driver = visits().test_with(checkpoint.clone());
    driver.push("visits", values([visit("/", 1)]));
    driver.tick();
    driver.crash();
    fs::remove_dir_all(checkpoint.path()).unwrap();
    let error = driver.try_restart(visits()).unwrap_err().to_string();
    assert!(error.contains("holds no batch"), "{error}");
}

stream_pipeline!(
    fn other_windows() {
        settings(name = "visits");
        let visits = memory(Vec::<Visit>::new()).event_time(|v| v.at, max_delay = 5ms, idle = 1min);
        let ever = visits.key_by(|v| v.page).running(unbounded).count();
        ever.map(|(page, n)| format!("{page} {n}")).print();
        let windows = visits.key_by(|v| v.page).window(tumbling(20ms)).count();
        windows
            .map(|(page, window, n)| format!("{page} {} {n}", window.start))
            .to(files("unused").jsonl());
    }
);

#[test]
fn a_new_version_is_refused_where_its_state_is_another() {
    let mut driver = visits().test_with(Checkpoint::temporary());
    driver.push("visits", values([visit("/", 1)]));
    driver.tick();
    let error = driver.try_restart(other_windows()).unwrap_err().to_string();
    assert!(error.contains("windows"), "{error}");
}

#[test]
fn growing_sources_go_on_after_a_bounded_run() {
    stream_pipeline!(
        fn lines() {
            let lines = files("unused").lines();
            let counts = lines.key_by(|line| line).running(unbounded).count();
            counts.map(|(line, n)| format!("{line} {n}")).print();
        }
    );
    let mut driver = lines().test_with(Checkpoint::temporary());
    driver.push("lines", "a");
    driver.finish();
    assert!(driver.is_down());
    let mut driver = driver.restart(lines());
    driver.push("lines", "a");
    driver.finish();
    assert_eq!(driver.output("counts.print").text(), ["a 1", "a 2"]);
}

#[test]
#[should_panic(expected = "never came to `prepared`")]
fn a_crash_that_never_happened_is_told() {
    let mut driver = visits().test_with(Checkpoint::temporary());
    driver.crash_at(Step::Prepared);
    driver.tick();
    let _ = driver.restart(visits());
}

#[test]
#[should_panic(expected = "the pipeline is down")]
fn a_pipeline_that_is_down_takes_no_batch() {
    let mut driver = visits().test_with(Checkpoint::temporary());
    driver.crash();
    driver.tick();
}

#[test]
#[should_panic(expected = "test_with")]
fn a_test_without_a_checkpoint_cannot_crash() {
    visits().test().crash_at(Step::Done);
}

#[tokio::test]
async fn a_test_may_be_async() {
    let mut driver = visits().test_with(Checkpoint::temporary());
    driver.push("visits", values([visit("/", 1)]));
    driver.tick();
    let mut driver = driver.restart(visits());
    driver.push("visits", values([visit("/", 2)]));
    driver.tick();
    assert_eq!(driver.output("ever.print").text(), ["/ 1", "/ 2"]);
}
