//! What rust-analyzer makes of a pipeline while it is being written. Needs it, and the source of the standard library:
//! `rustup component add rust-analyzer rust-src`, then `cargo test -p streaming-tests --features editor --test editor`.

mod client;

use std::fs;
use std::path::Path;

use client::Editor;
use serde_json::json;

const BEFORE: &str = r#"use streaming_runtime::stream_pipeline;
use serde::{Serialize, Deserialize};
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order { pub id: u64, pub user: String, pub amount: f64, pub ts: i64 }
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Total { pub user: String, pub from: i64, pub n: u64, pub sum: f64 }
fn main() {
    let limit = 3.0;
    let pipeline = stream_pipeline!({
        settings(batch_interval = 1s, name = "x");
        let orders = files("in/*.jsonl").json::<Order>().on_error(skip).event_time(|order| order.ts, max_delay = 30s);
        let big = orders.filter(|order| order.amount > limit).map(|order| (order.id, order.user));
        let totals = orders.key_by(|order| order.user.as_str()).window(tumbling(1min))
            .agg(Total { user: key(), from: window_start(), n: count(), sum: sum(|order| order.amount) });
        let pairs = big.key_by(|pair| pair.0).batch().count();
        pairs.map(|pair| pair.1 + 1).print();
        totals.filter(|total| total.n > 3).to(files("out").jsonl());
"#;
const AFTER: &str = "
    });
    pipeline.run_blocking().unwrap();
}
";

/// Operators on records, in the order of the alphabet.
const RECORDS: [&str; 12] = [
    "branch",
    "event_time",
    "filter",
    "filter_map",
    "flat_map",
    "inspect",
    "join",
    "key_by",
    "map",
    "print",
    "split",
    "to",
];

/// The source that has the names of all settings.
const SETTINGS: &str = include_str!("../../../streaming-macros/src/graph/settings.rs");

/// What every value has in Rust.
const ANY: [&str; 2] = ["into", "try_into"];

/// States of a statement with `$0` for the cursor, and exactly what is offered there.
const EXACT: [(&str, &[&str], bool); 17] = [
    ("let x = orders.$0;", &["errors"], true),
    ("let x = orders.fil$0;", &["errors"], true),
    ("totals.pri$0", &["errors", "late"], true),
    (
        "let x = files(\"a\").json::<Order>().$0;",
        &["errors", "max_record", "on_error"],
        true,
    ),
    (
        "let x = files(\"a\").$0;",
        &["csv", "json", "lines", "unfinished_after"],
        false,
    ),
    (
        "let x = orders.key_by(|o| o.id).$0;",
        &["batch", "running", "state", "window"],
        false,
    ),
    (
        "let x = orders.key_by(|o| o.id).state::<u64>(ttl = 1h).$0;",
        &["on_event"],
        false,
    ),
    (
        "let x = orders.key_by(|o| o.id).state::<u64>($0);",
        &["ttl", "unbounded"],
        false,
    ),
    (
        "let x = orders.key_by(|o| o.id).state::<u64>(ttl = 1h).on_event(|_, o, cx| cx.emit(o)).$0;",
        &["errors", "on_timer"],
        true,
    ),
    (
        "let x = orders.key_by(|o| o.id).batch().$0;",
        &["agg", "count", "fold", "reduce", "sum"],
        false,
    ),
    ("orders.to($0);", &["collect", "files", "kafka", "sink"], false),
    ("orders.to(fi$0);", &["collect", "files", "kafka", "sink"], false),
    (
        "orders.to(files(\"x\").$0);",
        &["columns", "csv", "jsonl", "non_finite", "on_error", "roll"],
        false,
    ),
    (
        "let x = big.event_time(|pair| 3, $0);",
        &["idle", "max_ahead", "max_delay"],
        false,
    ),
    (
        "let x = orders.key_by(|o| o.id).running($0);",
        &["ttl", "unbounded"],
        false,
    ),
    (
        "settings(trigger = av$0);",
        &["asap", "available_now", "interval"],
        false,
    ),
    (
        "let x = files(\"a\").lines().on_error($0);",
        &["dead_letter", "fail", "skip"],
        false,
    ),
];

/// States of a statement, and some of what is offered there.
const AMONG: [(&str, &[&str]); 17] = [
    (
        "let x = orders.key_by(|o| o.id).state::<u64>(ttl = 1h).on_event(|seen, order, cx| cx.$0);",
        &[
            "clear",
            "emit",
            "event_time",
            "is_late",
            "key",
            "set_batch_timer",
            "set_timer",
        ],
    ),
    (
        "let x = orders.key_by(|o| o.id).state::<u64>(ttl = 1h).on_event(|seen, order, cx| order.$0);",
        &["amount", "user"],
    ),
    (
        "let x = orders.key_by(|o| o.id).state::<Total>(ttl = 1h).on_event(|_, o, cx| cx.emit(o)).on_timer(|seen, cx| seen.$0);",
        &["from", "sum"],
    ),
    (
        "let x = orders.filter(|order| order.$0);",
        &["amount", "id", "ts", "user"],
    ),
    (
        "let x = orders.filter(|order| order.$0)",
        &["amount", "id", "ts", "user"],
    ),
    (
        "let x = orders.key_by(|order| order.$0).batch().count();",
        &["amount", "user"],
    ),
    (
        "let x = orders.; let y = orders.filter(|order| order.$0);",
        &["amount", "user"],
    ),
    (
        "let x = orders.map(|order| { let a = order.id; order.$0 });",
        &["amount", "user"],
    ),
    (
        "let (a, b, c) = orders.branch(|o| o.id > 3, |o| o.$0);",
        &["amount", "user"],
    ),
    (
        "let x = totals.key_by(|t| t.n).batch().agg((key(), sum(|t| t.$0)));",
        &["from", "sum"],
    ),
    (
        "let x = orders.key_by(|o| o.id).running(unbounded).fold(0.0, |sum, o| sum + o.$0);",
        &["amount"],
    ),
    ("let x = union(orders, orders.filter(|o| o.$0));", &["amount", "user"]),
    (
        "let x = files(\"a\").lines().filter(|line, meta| meta.$0);",
        &["offset", "place"],
    ),
    (
        "let x = $0;",
        &[
            "channel", "files", "memory", "rate", "socket", "source", "stdin", "orders",
        ],
    ),
    ("let x = fi$0;", &["files", "memory", "orders", "totals"]),
    (
        "let x = orders.key_by(|o| o.id).batch().agg((key(), co$0));",
        &["count", "collect", "sum", "top"],
    ),
    (
        "let x = orders.key_by(|o| o.id).batch().agg(Total { n: $0 });",
        &["count", "key", "sum"],
    ),
];

#[test]
fn a_pipeline_while_it_is_written() {
    let package = tempfile::tempdir().expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let manifest = format!(
        "[package]\nname = \"written\"\nedition = \"2024\"\n[workspace]\n[dependencies]\nserde = {{ version = \"1\", features = \
         [\"derive\"] }}\nstreaming-runtime = {{ path = \"{}\" }}\n",
        root.join("streaming-runtime").display()
    );
    fs::create_dir(package.path().join("src")).expect("a folder");
    fs::write(package.path().join("Cargo.toml"), manifest).expect("a file");
    fs::copy(root.join("Cargo.lock"), package.path().join("Cargo.lock")).expect("a file");
    fs::copy(
        root.join("rust-toolchain.toml"),
        package.path().join("rust-toolchain.toml"),
    )
    .expect("a file");
    let sound = format!("{BEFORE}{AFTER}");
    fs::write(package.path().join("src/main.rs"), &sound).expect("a file");
    let mut editor = Editor::open(package.path(), &sound);

    assert_eq!(editor.errors(), []);
    names(&mut editor, &sound);

    let last = u64::try_from(BEFORE.matches('\n').count()).expect("a line");
    let exact = EXACT.map(|(state, more, records)| {
        let operators = if records { &RECORDS[..] } else { &[] };
        let mut offered: Vec<&str> = more.iter().chain(operators).copied().collect();
        offered.sort_unstable();
        (state, offered, true)
    });
    let settings = [("settings($0);", settings(), true)];
    let among = AMONG.map(|(state, offered)| (state, offered.to_vec(), false));
    for (state, expected, exact) in exact.into_iter().chain(settings).chain(among) {
        let at = BEFORE.len() + state.find("$0").expect("a cursor");
        editor.write(&format!("{BEFORE}{}{AFTER}", state.replace("$0", "")));
        // What is right stays right: all errors are in the statement itself.
        let elsewhere: Vec<_> = editor.errors().into_iter().filter(|(line, _)| *line != last).collect();
        assert_eq!(elsewhere, [], "{state}");
        let mut offered = editor.completions(at);
        let internal: Vec<_> = offered.iter().filter(|name| name.starts_with("__")).collect();
        assert!(internal.is_empty(), "{state}: {internal:?}");
        if exact {
            offered.retain(|name| !ANY.contains(&name.as_str()));
            assert_eq!(offered, expected, "{state}");
        } else {
            let missing: Vec<_> = expected
                .iter()
                .filter(|name| !offered.iter().any(|known| known == *name))
                .collect();
            assert!(missing.is_empty(), "{state}: {missing:?} among {offered:?}");
        }
    }
}

/// The settings that the macro knows, in the order of the alphabet.
fn settings() -> Vec<&'static str> {
    let list = SETTINGS
        .split_once("const NAMES")
        .and_then(|(_, list)| list.split_once("];"));
    let (names, _) = list.expect("the names of the settings");
    let mut names: Vec<&str> = names.split('"').skip(1).step_by(2).collect();
    assert!(names.len() > 10, "{names:?}");
    names.sort_unstable();
    names
}

/// Hover, definition, references and rename.
fn names(editor: &mut Editor, text: &str) {
    let (bound, used) = (
        text.find("orders =").expect("there"),
        text.find("orders.filter").expect("there"),
    );
    let hover = editor.at("textDocument/hover", used, &json!({})).to_string();
    assert!(hover.contains("let orders: Stream<Order"), "{hover}");
    let definition = editor.at("textDocument/definition", used, &json!({}));
    let line = text[..bound].matches('\n').count();
    assert_eq!(definition[0]["range"]["start"]["line"], line, "{definition}");
    let references = editor.at(
        "textDocument/references",
        bound,
        &json!({ "context": { "includeDeclaration": true } }),
    );
    assert_eq!(references.as_array().map(Vec::len), Some(3), "{references}");
    let rename = editor.at("textDocument/rename", used, &json!({ "newName": "sales" }));
    assert_eq!(rename.to_string().matches("\"sales\"").count(), 3, "{rename}");

    for (what, file) in [
        ("filter(", "records.rs"),
        ("sum(", "aggregates.rs"),
        ("files(", "sources.rs"),
        ("jsonl()", "sinks.rs"),
    ] {
        let definition = editor.at("textDocument/definition", text.find(what).expect("there"), &json!({}));
        assert_eq!(definition.as_array().map(Vec::len), Some(1), "{what} {definition}");
        assert!(
            definition.to_string().contains(&format!("language/{file}")),
            "{what} {definition}"
        );
    }
}
