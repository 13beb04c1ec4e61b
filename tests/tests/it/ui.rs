//! What users see when they make a mistake: one case a file in `ui/<area>/<mistake>.rs`, and what the compiler says
//! beside it. A case whose name ends in `_all` holds several mistakes, all of which are reported in one run.
//!
//! After a change of the messages, `TRYBUILD=overwrite cargo test -p streaming-tests --test it ui` writes them anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

// What must compile, without a warning: compiled, linted and run with the other tests.
#[path = "../../ui/pass/attributes.rs"]
mod attributes;
#[path = "../../ui/pass/captured_functions.rs"]
mod captured_functions;
#[path = "../../ui/pass/captures.rs"]
mod captures;
#[path = "../../ui/pass/everything.rs"]
mod everything;
#[path = "../../ui/pass/expression.rs"]
mod expression;
#[path = "../../ui/pass/foreign_traits.rs"]
mod foreign_traits;
#[path = "../../ui/pass/fragments.rs"]
mod fragments;
#[path = "../../ui/pass/hygiene.rs"]
mod hygiene;
#[path = "../../ui/pass/meta.rs"]
mod meta;
#[path = "../../ui/pass/receiver.rs"]
mod receiver;
#[path = "../../ui/pass/within_a_macro.rs"]
mod within_a_macro;
#[path = "../../ui/pass/without_prelude.rs"]
mod without_prelude;

const MEDIAN_LINES: usize = 8;
const LONGEST_LINE: usize = 160;

#[test]
fn mistakes() {
    let cases = trybuild::TestCases::new();
    for area in folders(&package().join("ui")) {
        // With the feature there is nothing wrong about these.
        let fine = cfg!(feature = "kafka") && area.ends_with("without_kafka");
        if !area.ends_with("pass") && !fine {
            let area = area.strip_prefix(package()).expect("below the package");
            cases.compile_fail(area.join("*.rs"));
        }
    }
}

#[test]
fn every_case_says_what_is_expected() {
    let cases = files_in_areas("rs");
    let outputs: BTreeSet<PathBuf> = files_in_areas("stderr").into_iter().collect();
    let missing: Vec<_> = cases
        .iter()
        .filter(|case| !outputs.contains(&case.with_extension("stderr")))
        .collect();
    assert!(missing.is_empty(), "no .stderr for {missing:#?}");
    assert_eq!(outputs.len(), cases.len(), "a .stderr without its case");
}

#[test]
fn messages_are_short() {
    let mut lengths = Vec::new();
    for path in files_in_areas("stderr") {
        let text = read(&path);
        for line in text.lines() {
            let width = line.chars().count();
            assert!(width <= LONGEST_LINE, "{}: {width} columns: {line}", path.display());
        }
        if !is_collection(&path) {
            lengths.push(text.lines().count());
        }
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= MEDIAN_LINES, "the median message has {median} lines");
}

#[test]
fn one_mistake_is_one_error() {
    for path in files_in_areas("stderr") {
        let text = read(&path);
        let errors = text.lines().filter(|line| line.starts_with("error")).count();
        let warnings = text.lines().filter(|line| line.starts_with("warning")).count();
        let fits = if is_collection(&path) { errors > 1 } else { errors == 1 };
        assert!(
            fits && warnings == 0,
            "{}: {errors} errors, {warnings} warnings\n{text}",
            path.display()
        );
    }
}

#[test]
fn messages_speak_of_the_user_s_code_only() {
    let ours = [
        "originates in",
        "::__",
        "$crate",
        "lend::",
        "Ask<",
        "stage::",
        "::state::",
        "$RUST",
    ];
    for path in files_in_areas("stderr") {
        let text = read(&path);
        for word in ours {
            assert!(!text.contains(word), "{} speaks of `{word}`\n{text}", path.display());
        }
    }
}

#[test]
fn every_code_has_a_page_and_a_case() {
    let known = codes_in(&read(&root().join("streaming-macros/src/diag/code.rs")), "\"SP");
    let index = codes_in(&read(&root().join("docs/errors/README.md")), "[SP");
    let pages: BTreeSet<String> = fs::read_dir(root().join("docs/errors"))
        .expect("the pages of the errors")
        .map(|entry| entry.expect("an entry").path())
        .filter_map(|page| Some(page.file_stem()?.to_str()?.to_owned()))
        .filter(|stem| stem != "README")
        .collect();
    let cases: BTreeSet<String> = files_in_areas("stderr")
        .iter()
        .flat_map(|path| codes_in(&read(path), "[SP"))
        .collect();
    assert_eq!(known, pages, "codes, and pages in docs/errors");
    assert_eq!(known, index, "codes, and links in docs/errors/README.md");
    assert_eq!(known, cases, "codes, and codes that a case shows");
}

#[test]
fn the_examples_of_the_pages_are_cases() {
    for code in codes_in(&read(&root().join("streaming-macros/src/diag/code.rs")), "\"SP") {
        let page = read(&root().join(format!("docs/errors/{code}.md")));
        assert!(page.starts_with(&format!("# {code}: ")), "{code} has another heading");
        let examples: Vec<&str> = page.split("```").skip(1).step_by(2).collect();
        let shown = examples.iter().any(|example| example.contains(&format!("[{code}]")));
        assert!(shown, "{code}.md shows no message");
        let cases = page
            .lines()
            .filter_map(|line| line.strip_prefix("From `")?.split('`').next());
        let mut count = 0;
        for case in cases {
            let output = read(&root().join(case).with_extension("stderr"));
            let first = output.lines().next().expect("a message");
            assert!(
                page.contains(first),
                "{code}.md does not show the message of {case}: {first}"
            );
            count += 1;
        }
        assert!(count > 0, "{code}.md names no case");
    }
}

/// All that look like `SP0101` behind that prefix, which ends in `SP`.
fn codes_in(text: &str, prefix: &str) -> BTreeSet<String> {
    let number = |rest: &str| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (digits.len() == 4).then(|| format!("SP{digits}"))
    };
    text.split(prefix).skip(1).filter_map(number).collect()
}

fn is_collection(path: &Path) -> bool {
    path.file_stem()
        .is_some_and(|stem| stem.to_string_lossy().ends_with("_all"))
}

fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn root() -> PathBuf {
    package().parent().expect("the workspace").to_path_buf()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).expect("a folder of cases");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    folders
}

/// The files of all areas, of what must compile not.
fn files_in_areas(extension: &str) -> Vec<PathBuf> {
    let areas = folders(&package().join("ui"));
    let files = areas
        .iter()
        .filter(|area| !area.ends_with("pass"))
        .flat_map(|area| folders(area));
    files
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect()
}
