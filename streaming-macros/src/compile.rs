//! The phases, in order.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::quote;

use crate::diag::{Diagnostic, Diagnostics};
use crate::expand::{self, Site};
use crate::graph::Graph;
use crate::syntax::tree::Pipeline;
use crate::{check, graph, ops, plan, syntax};

/// What the compiler is told by whoever calls it.
#[derive(Clone, Copy)]
pub(crate) struct Host {
    /// The line of the source file that a token stands on.
    pub(crate) line: fn(Span) -> u32,
    /// The places before and behind a token.
    pub(crate) ends: fn(Span) -> (Span, Span),
    /// The cargo features that the runtime was built with.
    pub(crate) features: &'static [&'static str],
}

/// Compiles one pipeline: `[$crate]` of the runtime, then what the user wrote.
pub(crate) fn compile(input: TokenStream, host: Host) -> TokenStream {
    let (krate, input) = runtime(input);
    let input = syntax::invisible::open(input);
    if let Some(choice) = syntax::conditions::first(&input) {
        return expand::choice(&choice, &krate);
    }
    let Read {
        tree,
        mut graph,
        diagnostics,
    } = read(input, host);
    let site = Site {
        krate: &krate,
        table: &ops::TABLE,
        code: ops::code,
        line: host.line,
        ends: host.ends,
    };
    if diagnostics.read().is_empty() {
        graph.lift_receiver();
        let plan = plan::build(&graph);
        return expand::pipeline(&tree, &graph, &plan, site);
    }
    expand::recover::pipeline(&tree, &errors(&diagnostics), site)
}

/// Shows one pipeline to an editor: what the user wrote, in types that have the operators as methods.
pub(crate) fn show(input: TokenStream, host: Host) -> TokenStream {
    let (krate, input) = runtime(input);
    let input = syntax::invisible::open(input);
    if let Some(choice) = syntax::conditions::first(&input) {
        return expand::choice(&choice, &krate);
    }
    let Read { tree, diagnostics, .. } = read(input, host);
    let site = Site {
        krate: &krate,
        table: &ops::TABLE,
        code: ops::code,
        line: host.line,
        ends: host.ends,
    };
    expand::editor::pipeline(&tree, &errors(&diagnostics), site)
}

/// A pipeline that has been read and checked.
struct Read {
    tree: Pipeline,
    graph: Graph,
    diagnostics: Diagnostics,
}

fn read(input: TokenStream, host: Host) -> Read {
    let mut diagnostics = Diagnostics::default();
    let tree = syntax::parse(input, &ops::TABLE, &mut diagnostics);
    let graph = graph::build(&tree, &ops::TABLE, &mut diagnostics);
    check::all(&graph, &mut diagnostics);
    if diagnostics.read().is_empty() {
        check::features(&graph, host.features, &mut diagnostics);
    }
    Read {
        tree,
        graph,
        diagnostics,
    }
}

fn errors(diagnostics: &Diagnostics) -> TokenStream {
    diagnostics.read().iter().map(Diagnostic::to_tokens).collect()
}

/// Takes off what the wrapper in the runtime puts in front: the runtime's own path, whatever the user calls it.
fn runtime(input: TokenStream) -> (TokenStream, TokenStream) {
    let mut tokens = input.into_iter();
    match tokens.next() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => (group.stream(), tokens.collect()),
        first => (quote!(::streaming_runtime), first.into_iter().chain(tokens).collect()),
    }
}

#[cfg(test)]
impl Host {
    /// Lines are real, and everything is enabled.
    pub(crate) const TEST: Self = Self {
        line: |span| u32::try_from(span.start().line).unwrap_or(u32::MAX),
        ends: |span| (span, span),
        features: &["kafka"],
    };
}

#[cfg(test)]
mod tests;
