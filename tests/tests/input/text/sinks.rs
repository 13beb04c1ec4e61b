use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;

use super::written;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Rate {
    user: String,
    rate: f64,
}

#[test]
fn a_number_that_json_does_not_have_names_its_field() {
    let dir = tempfile::tempdir().unwrap();
    let (out, again) = (dir.path().join("j"), dir.path().join("j"));
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let o = memory(vec![("ann", 1u64, 2u64), ("bob", 0, 0)]);
        let r = o.key_by(|o| o.0).batch().agg(Rate {
            user: key(),
            rate: sum(|o| o.1) as f64 / sum(|o| o.2) as f64,
        });
        r.to(files(out).jsonl());
    });
    let error = pipeline.run_blocking().expect_err("0 / 0 is no number").to_string();
    assert!(
        error.contains("field `rate` is NaN, which JSON has no number for"),
        "{error}"
    );
    assert_eq!(written(&again), "");
}

#[test]
fn a_number_that_json_does_not_have_as_null_or_text() {
    let dir = tempfile::tempdir().unwrap();
    let (null, text, csv) = (dir.path().join("null"), dir.path().join("text"), dir.path().join("csv"));
    let (to_null, to_text, to_csv) = (null.clone(), text.clone(), csv.clone());
    let rates = vec![
        Rate {
            user: "ann".to_owned(),
            rate: f64::NAN,
        },
        Rate {
            user: "bob".to_owned(),
            rate: f64::NEG_INFINITY,
        },
        Rate {
            user: "cid".to_owned(),
            rate: 0.5,
        },
    ];
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let rates = memory(rates);
        rates.to(files(to_null).jsonl().non_finite(null));
        rates.to(files(to_text).non_finite(text).jsonl());
        rates.to(files(to_csv).csv());
    });
    pipeline.run_blocking().unwrap();
    assert_eq!(
        written(&null),
        "{\"user\":\"ann\",\"rate\":null}\n{\"user\":\"bob\",\"rate\":null}\n{\"user\":\"cid\",\"rate\":0.5}\n"
    );
    assert_eq!(
        written(&text),
        "{\"user\":\"ann\",\"rate\":\"NaN\"}\n{\"user\":\"bob\",\"rate\":\"-Infinity\"}\n{\"user\":\"cid\",\"rate\":0.5}\n"
    );
    assert_eq!(written(&csv), "user,rate\nann,NaN\nbob,-inf\ncid,0.5\n");
}

#[derive(Clone, Serialize, Deserialize)]
struct Hit {
    user: String,
    at: i64,
}

#[test]
fn a_count_per_window_has_columns() {
    let dir = tempfile::tempdir().unwrap();
    let (out, few, all) = (dir.path().join("out"), dir.path().join("few"), dir.path().join("all"));
    let (to, to_few, to_all) = (out.clone(), few.clone(), all.clone());
    let hits = vec![
        Hit {
            user: "a".into(),
            at: 0,
        },
        Hit {
            user: "a".into(),
            at: 1,
        },
        Hit {
            user: "a".into(),
            at: 60_000,
        },
    ];
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let o = memory(hits).event_time(|o| o.at, max_delay = 1s);
        let counts = o.key_by(|o| o.user.as_str()).window(tumbling(1min)).count();
        counts.to(files(to).csv());
        counts
            .filter(|(_, _, n)| *n > 1)
            .to(files(to_few).csv().columns(["user", "in", "hits"]));
        let sums = o.key_by(|o| (o.user.as_str(), o.at % 2)).batch().sum(|o| o.at);
        sums.to(files(to_all).csv());
    });
    pipeline.run_blocking().unwrap();
    let mut lines: Vec<String> = written(&out).lines().map(str::to_owned).collect();
    lines[1..].sort();
    assert_eq!(
        lines,
        ["key,window_start,window_end,count", "a,0,60000,2", "a,60000,120000,1"]
    );
    assert_eq!(written(&few), "user,in_start,in_end,hits\na,0,60000,2\n");
    let mut lines: Vec<String> = written(&all).lines().map(str::to_owned).collect();
    lines[1..].sort();
    assert_eq!(lines, ["key_0,key_1,sum", "a,0,60000", "a,1,1"]);
}

#[derive(Clone, Serialize)]
struct Nested {
    id: u8,
    place: Place,
    size: Option<(f32, f32)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Clone, Serialize)]
struct Place {
    city: String,
    zip: u32,
}

#[test]
fn records_within_records_have_columns() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let to = out.clone();
    let nested = |id, note: Option<&str>| Nested {
        id,
        place: Place {
            city: "Ulm, \"a\"".to_owned(),
            zip: 89073,
        },
        size: Some((1.5, 2.0)),
        note: note.map(str::to_owned),
    };
    let records = vec![nested(1, None), nested(2, Some("x\ny"))];
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        memory(records).to(files(to).csv());
    });
    pipeline.run_blocking().unwrap();
    assert_eq!(
        written(&out),
        "id,place_city,place_zip,size_0,size_1,note\n1,\"Ulm, \"\"a\"\"\",89073,1.5,2.0,\n2,\"Ulm, \"\"a\"\"\",89073,1.5,2.0,\"x\ny\"\n"
    );
}

fn refused<T: Serialize + Clone + Send + Sync + 'static>(records: Vec<T>) -> String {
    let dir = tempfile::tempdir().unwrap();
    let (out, again) = (dir.path().join("out"), dir.path().join("out"));
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        memory(records).to(files(out).csv());
    });
    let error = pipeline.run_blocking().expect_err("it has no columns").to_string();
    assert_eq!(written(&again), "", "nothing is written");
    error
}

#[test]
fn what_has_no_columns_names_the_field() {
    #[derive(Clone, Serialize)]
    struct Lists {
        id: u8,
        tags: Vec<String>,
    }
    #[derive(Clone, Serialize)]
    struct Maps {
        id: u8,
        by_name: HashMap<String, u8>,
    }
    let lists = refused(vec![Lists {
        id: 1,
        tags: Vec::new(),
    }]);
    assert!(
        lists.contains("cannot write a record as CSV: `tags` is a list"),
        "{lists}"
    );
    let maps = refused(vec![Maps {
        id: 1,
        by_name: HashMap::new(),
    }]);
    assert!(
        maps.contains("cannot write a record as CSV: `by_name` is a map"),
        "{maps}"
    );
    let ragged = refused(vec![Some((1, 2)), None]);
    assert!(
        ragged.contains("the record has 1 columns, and the first one has 2"),
        "{ragged}"
    );
}

#[test]
fn what_is_written_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let pattern = format!("{}/*.csv", out.display());
    let users = ["", " x ", "a,b", "\"", "\r", "\n", "é", "#"];
    let rates: Vec<Rate> = users
        .iter()
        .map(|user| Rate {
            user: (*user).to_owned(),
            rate: 0.1,
        })
        .collect();
    stream_pipeline!({
        settings(trigger = available_now);
        memory(rates).to(files(out).csv());
    })
    .run_blocking()
    .unwrap();
    let read = streaming_runtime::sink::Collected::new();
    let handle = read.clone();
    stream_pipeline!({
        settings(trigger = available_now);
        let rates = files(pattern).csv::<Rate>();
        rates.map(|rate| rate.user).to(collect(handle));
    })
    .run_blocking()
    .unwrap();
    assert_eq!(read.take(), users);
}
