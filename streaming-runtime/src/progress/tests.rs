use std::io::Write;
use std::sync::{Arc, Mutex};

use expect_test::expect;
use tracing_subscriber::fmt::MakeWriter;

use super::*;
use crate::plan::{Operator, Plan, Role};

static PLAN: Plan = Plan {
    name: "words",
    operators: &[
        operator("lines", "stdin", Role::Source),
        operator("counts", "count", Role::Aggregate),
        operator("counts.print", "print", Role::Sink),
    ],
};

const fn operator(name: &'static str, kind: &'static str, role: Role) -> Operator {
    Operator {
        name,
        kind,
        role,
        stage: 0,
        inputs: &[],
        detail: "",
        line: 1,
        counted: false,
        stateful: false,
        fields: &[],
        was: &[],
        reset: None,
    }
}

fn clock(name: &str, watermark: Option<i64>) -> ClockProgress {
    ClockProgress {
        name: name.to_owned(),
        watermark,
        set_by: watermark.map(|_| "stdin".to_owned()),
        unseen: 0,
        idle: 2,
    }
}

fn progress() -> BatchProgress {
    let mut counts = Counts::new(PLAN.operators.len());
    let more = Counts {
        rows: vec![10, 4, 4],
        late: vec![0, 2, 0],
        late_results: 2,
        errors: vec![1, 0, 0],
        ahead: vec![0, 0, 0],
        fates: FateCounts {
            used: 6,
            filtered: 1,
            late: 2,
            skipped: 1,
            dead_lettered: 0,
        },
        notices: Vec::new(),
    };
    counts.add(&more);
    let progress = BatchProgress {
        pipeline: "words".to_owned(),
        batch: 3,
        batch_time: 1_000,
        bytes_in: 80,
        limited_by: Some(Limit::Rows),
        phases: Phases {
            ingest_us: 3_000,
            close_us: 1_000,
            write_us: 600,
            commit_us: 400,
        },
        partitions: vec![PartitionProgress {
            source: "lines".to_owned(),
            label: "stdin".to_owned(),
            first: None,
            next: Some("80".to_owned()),
            rows: 10,
            lag: Some(5),
        }],
        ..BatchProgress::default()
    };
    progress
        .counted(&PLAN, &counts)
        .clocked(vec![clock("lines.event_time", Some(900)), clock("other", None)])
        .rated(1_000_000)
}

#[test]
#[expect(clippy::too_many_lines, reason = "all names")]
fn names_in_json_are_stable() {
    let json = serde_json::to_string_pretty(&progress()).unwrap();
    expect![[r#"
        {
          "pipeline": "words",
          "batch": 3,
          "batch_time": 1000,
          "trigger": "interval",
          "limited_by": "rows",
          "ended": false,
          "phases": {
            "ingest_us": 3000,
            "close_us": 1000,
            "write_us": 600,
            "commit_us": 400
          },
          "rows_in": 10,
          "bytes_in": 80,
          "rows_per_second_in": 10.0,
          "rows_per_second_processed": 2000.0,
          "sinks": [
            {
              "name": "counts.print",
              "rows": 4
            }
          ],
          "operators": [
            {
              "name": "lines",
              "kind": "stdin",
              "rows": 10,
              "late": 0,
              "errors": 1,
              "ahead": 0,
              "state_rows": null,
              "nanos": null
            },
            {
              "name": "counts",
              "kind": "count",
              "rows": 4,
              "late": 2,
              "errors": 0,
              "ahead": 0,
              "state_rows": null,
              "nanos": null
            },
            {
              "name": "counts.print",
              "kind": "print",
              "rows": 4,
              "late": 0,
              "errors": 0,
              "ahead": 0,
              "state_rows": null,
              "nanos": null
            }
          ],
          "partitions": [
            {
              "source": "lines",
              "label": "stdin",
              "first": null,
              "next": "80",
              "rows": 10,
              "lag": 5
            }
          ],
          "watermark": null,
          "clocks": [
            {
              "name": "lines.event_time",
              "watermark": 900,
              "set_by": "stdin",
              "unseen": 0,
              "idle": 2
            },
            {
              "name": "other",
              "watermark": null,
              "set_by": null,
              "unseen": 0,
              "idle": 2
            }
          ],
          "used": 6,
          "filtered": 1,
          "late": 2,
          "late_results": 2,
          "errors": 1,
          "skipped": 1,
          "dead_lettered": 0,
          "ahead": 0,
          "queue_bytes": 0,
          "totals": {
            "batches": 0,
            "rows_in": 0,
            "rows_out": 0,
            "used": 0,
            "filtered": 0,
            "late": 0,
            "late_results": 0,
            "errors": 0,
            "skipped": 0,
            "dead_lettered": 0,
            "ahead": 0
          }
        }"#]]
    .assert_eq(&json);
    let again: BatchProgress = serde_json::from_str(&json).unwrap();
    assert_eq!(again, progress());
}

#[test]
fn what_an_older_version_did_not_write_is_filled_in() {
    let old: BatchProgress = serde_json::from_str(r#"{"batch": 7, "unknown": true}"#).unwrap();
    let expected = BatchProgress {
        batch: 7,
        ..BatchProgress::default()
    };
    assert_eq!(old, expected);
}

#[test]
fn there_is_no_watermark_before_every_clock_has_one() {
    let watermark = |clocks: &[Option<i64>]| {
        let clocks = clocks.iter().map(|at| clock("clock", *at)).collect();
        BatchProgress::default().clocked(clocks).watermark
    };
    assert_eq!(watermark(&[Some(5), Some(-3)]), Some(-3));
    assert_eq!(watermark(&[Some(5), None]), None);
    assert_eq!(watermark(&[]), None);
    assert_eq!(watermark(&[Some(i64::MAX)]), Some(i64::MAX));
}

#[test]
#[allow(clippy::float_cmp)]
fn rates_of_no_time_are_zero() {
    let rated = BatchProgress {
        rows_in: 5,
        ..BatchProgress::default()
    }
    .rated(0);
    assert_eq!((rated.rows_per_second_in, rated.rows_per_second_processed), (0.0, 0.0));
}

/// Keeps what is logged.
#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn logged(progress: &BatchProgress) -> String {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .without_time()
        .with_writer(kept.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || log(progress));
    let bytes = kept.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap().trim().to_owned()
}

#[test]
fn a_batch_is_one_line_of_the_log() {
    expect![[r#"DEBUG streaming_runtime::batch: batch written pipeline="words" batch=3 rows_in=10 rows_out=4 rows_per_second=10.0 ingest_us=3000 close_us=1000 write_us=600 commit_us=400 lag=5 late=2 errors=1"#]].assert_eq(&logged(&progress()));
}

#[test]
fn a_batch_without_anything_is_the_same_line() {
    expect![[r#"DEBUG streaming_runtime::batch: batch written pipeline="" batch=0 rows_in=0 rows_out=0 rows_per_second=0.0 ingest_us=0 close_us=0 write_us=0 commit_us=0 lag=0 late=0 errors=0"#]].assert_eq(&logged(&BatchProgress::default()));
}
