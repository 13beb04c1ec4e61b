//! What holds of everything that is emitted: read off all pipelines of the workspace.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

use super::{Host, compile};

/// The pipelines of a file.
#[derive(Default)]
struct Pipelines(Vec<TokenStream>);

impl Visit<'_> for Pipelines {
    fn visit_macro(&mut self, call: &syn::Macro) {
        if call.path.is_ident("stream_pipeline") {
            self.0.push(call.tokens.clone());
        }
    }
}

fn rust_files(below: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(below).expect("a folder of the workspace") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every pipeline that this workspace runs, with the file it stands in.
fn pipelines() -> Vec<(PathBuf, TokenStream)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies in the workspace");
    let mut files = Vec::new();
    for folder in ["examples/examples", "tests/tests"] {
        rust_files(&root.join(folder), &mut files);
    }
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a readable file");
        let mut pipelines = Pipelines::default();
        pipelines.visit_file(&syn::parse_file(&text).expect("Rust"));
        found.extend(pipelines.0.into_iter().map(|tokens| (file.clone(), tokens)));
    }
    found
}

/// How often a word stands in a stream of tokens.
fn count(tokens: TokenStream, word: &str) -> usize {
    let of = |token| match token {
        TokenTree::Group(group) => count(group.stream(), word),
        TokenTree::Ident(ident) => usize::from(ident == word),
        TokenTree::Punct(_) | TokenTree::Literal(_) => 0,
    };
    tokens.into_iter().map(of).sum()
}

#[test]
fn nothing_dynamic_is_emitted() {
    let pipelines = pipelines();
    assert!(pipelines.len() > 30, "only {} pipelines were found", pipelines.len());
    for (file, tokens) in pipelines {
        let emitted = compile(tokens.clone(), Host::TEST);
        assert_eq!(
            count(emitted.clone(), "compile_error"),
            0,
            "{}: {emitted}",
            file.display()
        );
        for word in ["dyn", "Box", "Rc", "unsafe"] {
            let (written, emitted) = (count(tokens.clone(), word), count(emitted.clone(), word));
            assert_eq!(emitted, written, "`{word}` in a pipeline of {}", file.display());
        }
    }
}

#[test]
fn a_connector_that_is_not_compiled_in_names_its_feature() {
    let features = &[];
    let pipeline = "({ kafka(\"orders\").brokers(\"localhost:9092\").lines().to(kafka(\"lines\")); })";
    let host = Host { features, ..Host::TEST };
    let emitted = compile(pipeline.parse().expect("tokens"), host).to_string();
    assert_eq!(emitted.matches("needs the feature `kafka`").count(), 1, "{emitted}");
    assert!(
        emitted.contains("cargo add streaming-runtime --features kafka"),
        "{emitted}"
    );
}
