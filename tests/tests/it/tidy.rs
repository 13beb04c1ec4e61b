//! What must hold of the sources themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const LONGEST_FILE: usize = 600;
const MEDIAN_FILE: usize = 200;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests lies in the workspace")
        .to_path_buf()
}

/// Every Rust file below these folders of the workspace, with its text.
fn sources(folders: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                fs::read_dir(&path)
                    .expect("a readable folder")
                    .map(|entry| entry.expect("an entry").path()),
            );
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a readable file");
            found.push((path.strip_prefix(root()).expect("below the root").to_path_buf(), text));
        }
    }
    assert!(!found.is_empty(), "no sources below {folders:?}");
    found
}

/// Lines of code that hold one of the words, comments left out.
fn lines_with(files: &[(PathBuf, String)], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if words.iter().any(|word| code.contains(word)) {
                found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    found
}

fn product() -> Vec<(PathBuf, String)> {
    sources(&["streaming-macros/src", "streaming-runtime/src"])
}

fn everything() -> Vec<(PathBuf, String)> {
    sources(&["streaming-macros", "streaming-runtime", "examples", "tests", "benches"])
}

#[test]
fn no_file_has_more_than_one_job() {
    let mut sizes: Vec<(usize, PathBuf)> = product()
        .into_iter()
        .map(|(path, text)| (text.lines().count(), path))
        .collect();
    sizes.sort();
    let long: Vec<_> = sizes.iter().filter(|(lines, _)| *lines > LONGEST_FILE).collect();
    assert!(long.is_empty(), "over {LONGEST_FILE} lines: {long:?}");
    let median = sizes[sizes.len() / 2].0;
    assert!(median <= MEDIAN_FILE, "the median file has {median} lines");
}

#[test]
fn no_dynamic_dispatch() {
    let found = lines_with(&sources(&["streaming-runtime/src"]), &["dyn "]);
    // An error's cause, the payload of a panic and the rows that a test pushes are of any type; no record passes there.
    let elsewhere = |line: &String| {
        line.starts_with("streaming-runtime/src/bench/rows.rs")
            // A pipeline whose type can be written down: what is called there is called once, or once a batch.
            || line.starts_with("streaming-runtime/src/pipeline/boxed.rs")
            || line.contains("dyn Error")
            || line.contains("dyn error::Error")
            || line.contains("&(dyn Any")
    };
    let on_the_path: Vec<_> = found.iter().filter(|line| !elsewhere(line)).collect();
    assert!(on_the_path.is_empty(), "{on_the_path:#?}");
}

#[test]
fn the_clock_is_injected() {
    let found = lines_with(
        &sources(&["streaming-runtime/src"]),
        &["Instant::now", "SystemTime::now"],
    );
    let elsewhere: Vec<_> = found
        .iter()
        .filter(|line| !line.starts_with("streaming-runtime/src/clock.rs"))
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
}

#[test]
fn nothing_is_left_undone() {
    let words = [
        concat!("to", "do!("),
        concat!("unimplemented", "!("),
        concat!("db", "g!("),
        concat!("#[ign", "ore"),
    ];
    let found = lines_with(&everything(), &words);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn tests_do_not_sleep() {
    // There processes are killed at random times, and brokers forget what nobody tells them to.
    let may = [
        "streaming-runtime/src",
        "tests/tests/kafka/identity.rs",
        "tests/tests/kafka/once/coordinator.rs",
        "tests/tests/kill",
        "tests/tests/kafka/once/kill.rs",
        "tests/tests/kafka/once/member.rs",
    ];
    let tests = sources(&["tests/tests", "streaming-runtime/src", "streaming-macros"]);
    let found = lines_with(&tests, &[concat!("thread::sl", "eep"), concat!("time::sl", "eep")]);
    let product: Vec<_> = found
        .iter()
        .filter(|line| !may.iter().any(|place| line.starts_with(place)))
        .collect();
    assert!(product.is_empty(), "{product:#?}");
}

#[test]
fn unsafe_is_forbidden() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace manifest");
    assert!(manifest.contains("unsafe_code = \"forbid\""));
    for member in ["streaming-macros", "streaming-runtime"] {
        let manifest = fs::read_to_string(root().join(member).join("Cargo.toml")).expect("a manifest");
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{member} does not take the workspace's lints"
        );
    }
}

#[test]
fn only_lib_rs_names_proc_macro() {
    let found = lines_with(&sources(&["streaming-macros/src"]), &["proc_macro::"]);
    let elsewhere: Vec<_> = found
        .iter()
        .filter(|line| !line.starts_with("streaming-macros/src/lib.rs"))
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
}

/// The compiler is a house: each phase may import from those that stand behind it, and from no other.
const FLOORS: [(&str, &[&str]); 11] = [
    ("spec", &[]),
    ("diag", &[]),
    ("derive_key", &[]),
    ("syntax", &["spec", "diag"]),
    ("graph", &["spec", "diag", "syntax"]),
    ("check", &["spec", "diag", "graph"]),
    ("plan", &["spec", "graph"]),
    ("expand", &["spec", "syntax", "graph", "plan"]),
    ("ops", &["spec", "graph", "plan", "expand"]),
    (
        "compile",
        &["spec", "diag", "syntax", "graph", "check", "plan", "expand", "ops"],
    ),
    ("lib", &["compile", "derive_key"]),
];

/// The code of a file without comments and tests.
fn code(text: &str) -> String {
    let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = product.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules of its crate that some code names: `crate::graph`, `crate::{graph, plan}`.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for path in code.split("crate::").skip(1) {
        let word = |text: &str| {
            let end = text.find(|ch: char| !ch.is_alphanumeric() && ch != '_');
            text[..end.unwrap_or(text.len())].to_owned()
        };
        match path.strip_prefix('{') {
            Some(list) => {
                let list = list.split('}').next().unwrap_or_default();
                found.extend(
                    list.split(',')
                        .map(|item| word(item.trim()))
                        .filter(|item| !item.is_empty()),
                );
            }
            None => found.push(word(path)),
        }
    }
    found
}

#[test]
fn the_phases_of_the_compiler_import_downwards() {
    let mut wrong = Vec::new();
    for (path, text) in sources(&["streaming-macros/src"]) {
        let inside = path
            .strip_prefix("streaming-macros/src")
            .expect("a file of the compiler");
        let phase = inside.iter().next().and_then(|part| Path::new(part).file_stem());
        let phase = phase.and_then(|phase| phase.to_str()).expect("a name");
        // Tests may call the whole compiler; a snapshot is its output.
        if inside.ends_with("tests.rs") || inside.iter().any(|part| part == "tests" || part == "snapshots") {
            continue;
        }
        let floor = FLOORS.iter().find(|(name, _)| *name == phase);
        let (_, below) = floor.unwrap_or_else(|| panic!("{phase} has no place in FLOORS"));
        let code = code(&text);
        let within_the_crate = imports(&code).into_iter().filter(|import| !import.is_empty());
        wrong.extend(
            within_the_crate
                .filter(|import| import != phase && !below.contains(&import.as_str()))
                .map(|import| format!("{} imports {import}", path.display())),
        );
        // The root of a phase reaches the crate by `super` as well.
        let is_root = inside.iter().count() == 1 || inside.iter().count() == 2 && inside.ends_with("mod.rs");
        if is_root && code.contains("super::") {
            wrong.push(format!("{} imports by `super`", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a phase must know of an operator is a fact of its spec.
#[test]
fn no_phase_recognises_an_operator() {
    let phases = sources(&["streaming-macros/src"]);
    let asked = [
        "spec.name ==",
        "spec.name !=",
        "match spec.name",
        "match node.spec.name",
        "matches!(spec.name",
        "matches!(node.spec.name",
    ];
    let found: Vec<_> = lines_with(&phases, &asked)
        .into_iter()
        .filter(|line| !line.starts_with("streaming-macros/src/spec/"))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
    let first: Vec<_> = lines_with(&phases, &[".inputs[0]", ".inputs.first()", ".inputs.last()"]);
    assert!(first.is_empty(), "a node has several inputs: {first:#?}");
}

/// `cargo fmt` does not see modules that a macro declares.
#[test]
fn the_operators_are_formatted() {
    let folder = root().join("streaming-macros/src/ops");
    let files = sources(&["streaming-macros/src/ops"])
        .into_iter()
        .map(|(path, _)| root().join(path));
    let output = std::process::Command::new("rustfmt")
        .args(["--check", "--edition", "2024"])
        .args(files)
        .current_dir(&folder)
        .output()
        .expect("rustfmt, which rust-toolchain.toml asks for");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "run `rustfmt streaming-macros/src/ops/*.rs`:\n{shown}"
    );
}

/// Who adds something goes by these lists.
#[test]
fn the_files_to_touch_are_there() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let section = page.split("## Adding to the language").nth(1).expect("the section");
    let rows = section.split("\n## ").next().unwrap_or_default();
    let named: Vec<&str> = rows
        .split('`')
        .filter(|word| Path::new(word).extension().is_some_and(|it| it == "rs"))
        .collect();
    let missing: Vec<_> = named
        .iter()
        .filter(|file| {
            let of_the_compiler = file.starts_with("ops/") || file.starts_with("spec/");
            let member = if of_the_compiler {
                "streaming-macros"
            } else {
                "streaming-runtime"
            };
            !root().join(member).join("src").join(file).is_file()
        })
        .collect();
    assert!(named.len() > 20 && missing.is_empty(), "{missing:?}");
}

/// The rooms of the runtime (its folders, and the files at its root) that a room uses, tests left out.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let below = Path::new("streaming-runtime/src");
    let files = sources(&["streaming-runtime/src"]);
    let room_of = |path: &Path| {
        let first = path.strip_prefix(below).ok()?.iter().next()?.to_str()?;
        Some(first.trim_end_matches(".rs").to_owned())
    };
    // These use everything: the crate's root, what the macro calls, and two tests.
    let all = ["lib", "__private", "allocations", "expansion_contract"];
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in &files {
        let is_test = path.iter().any(|part| part == "tests" || part == "tests.rs");
        let Some(room) = room_of(path).filter(|room| !is_test && !all.contains(&room.as_str())) else {
            continue;
        };
        let code = text.split("\nmod tests {").next().unwrap_or_default();
        let lines = code.lines().filter_map(|line| line.split("//").next());
        let uses = lines.flat_map(|line| line.split("crate::").skip(1));
        let word = |rest: &str| -> String { rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
        arrows.entry(room).or_default().extend(uses.map(word));
    }
    let rooms: BTreeSet<String> = arrows.keys().cloned().collect();
    for (room, uses) in &mut arrows {
        uses.retain(|used| used != room && rooms.contains(used));
    }
    arrows
}

/// The rooms that can be reached from one.
fn reached<'a>(arrows: &'a BTreeMap<String, BTreeSet<String>>, from: &'a str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(room) = open.pop() {
        let new = arrows[room].iter().map(String::as_str);
        open.extend(new.filter(|room| found.insert(*room)));
    }
    found
}

/// Rooms that use each other in a circle cannot be read, tested or changed one by one. A room leaves this list when its circle is broken.
#[test]
fn rooms_use_each_other_in_one_direction() {
    let circles = [
        &["agg", "state"][..],
        &["decode", "kafka", "lend", "run", "sink", "source"],
    ];
    let arrows = arrows();
    assert!(
        arrows["engine"].contains("stage") && arrows["testing"].contains("engine"),
        "{arrows:?}"
    );
    let mut found: BTreeSet<Vec<&str>> = BTreeSet::new();
    for room in arrows.keys() {
        let reached_from = reached(&arrows, room);
        let circle: Vec<&str> = reached_from
            .into_iter()
            .filter(|other| reached(&arrows, other).contains(room.as_str()))
            .collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    assert_eq!(found, circles.iter().map(|circle| circle.to_vec()).collect());
}
