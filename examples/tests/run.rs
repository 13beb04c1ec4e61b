//! Every example runs, and prints what it promises.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Where cargo has put an example: beside the folder of this test.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    test.ancestors()
        .nth(2)
        .expect("target/PROFILE")
        .join("examples")
        .join(name)
}

/// Runs an example with this standard input and gives what it printed, once it has ended well.
fn run(name: &str, args: &[&str], input: &str) -> String {
    let mut child = Command::new(example(name))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start example {name}: {error}"));
    child
        .stdin
        .take()
        .expect("piped")
        .write_all(input.as_bytes())
        .expect("the example reads its input");
    let output = child.wait_with_output().expect("the example ends");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{name} failed: {errors}");
    String::from_utf8(output.stdout).expect("text")
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn word_count() {
    let printed = run("word_count", &[], "to be or\nnot to be");
    let expected = [r#""be", n: 2"#, r#""not", n: 1"#, r#""or", n: 1"#, r#""to", n: 2"#];
    assert_eq!(
        sorted(&printed),
        expected.map(|count| format!("WordCount {{ word: {count} }}"))
    );
}

#[test]
fn flights() {
    let printed = run("flights", &[], "");
    assert!(
        printed.contains("7 March 12:00  PHX   207 flights to 63 airports,   35.4 min late on average,  167 at worst")
    );
}

#[test]
fn earthquakes() {
    let printed = run("earthquakes", &[], "");
    assert!(printed.contains("day 17568  magnitude 6.4  strongest of  11 in Taiwan"));
    assert!(printed.contains("not an earthquake: 15 x explosion"));
}

#[test]
fn running_totals() {
    let printed = run("running_totals", &[], "");
    assert!(printed.contains("sensor 3: 250 readings, the last is 999"));
}

#[test]
fn silent_users() {
    let payment = |user: &str, minute: u32, cents: u32, failed: bool| {
        let at = minute * 60_000;
        format!("{{\"user\":\"{user}\",\"at\":{at},\"cents\":{cents},\"failed\":{failed}}}\n")
    };
    let lines = [
        payment("ann", 0, 500, true),
        payment("bob", 1, 700, true),
        payment("eve", 1, 200_000, true),
        // Ann tries again, Bob pays; both come back much later.
        payment("ann", 4, 500, true),
        payment("bob", 5, 700, false),
        payment("ann", 30, 900, true),
        payment("bob", 31, 100, false),
        payment("ann", 32, 900, false),
    ];
    let printed = run("silent_users", &[], &lines.concat());
    assert_eq!(
        sorted(&printed),
        [
            "call ann: 2 failures, 1000 cents",
            "urgently call eve: 1 failures, 200000 cents"
        ]
    );
}

#[test]
fn ad_clicks() {
    let printed = run("ad_clicks", &[], "");
    let earned = [
        "0:00  spring  13 clicks    79 cents",
        "0:00  summer  13 clicks    77 cents",
        "1:00  spring  15 clicks    88 cents",
        "1:00  summer  15 clicks    91 cents",
        "2:00  spring   2 clicks    13 cents",
        "2:00  summer   2 clicks    12 cents",
    ];
    let lines: Vec<&str> = sorted(&printed)
        .into_iter()
        .filter(|line| line.ends_with("cents"))
        .collect();
    assert_eq!(lines, earned);
}

#[test]
fn payments() {
    let folder = std::env::temp_dir().join(format!("streaming-examples-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let lines = "{\"user\":\"ann\",\"at\":1000,\"cents\":5}\n{\"user\":\"ann\",\"at\":2000,\"cents\":6}\n";
    std::fs::write(folder.join("in.jsonl"), lines).expect("input");
    let out = folder.join("out");
    run(
        "payments",
        &[&format!("{}/*.jsonl", folder.display()), &out.display().to_string()],
        "",
    );
    let parts: String = std::fs::read_dir(&out)
        .expect("output")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .map(|path| std::fs::read_to_string(path).expect("a part"))
        .collect();
    assert_eq!(parts, "{\"user\":\"ann\",\"from\":0,\"cents\":11}\n");
    std::fs::remove_dir_all(&folder).expect("removed");
}
