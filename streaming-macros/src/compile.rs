//! The phases, in order.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::quote;

use crate::diag::{Diagnostic, Diagnostics};
use crate::expand::{self, Site};
use crate::{check, graph, plan, syntax};

/// Compiles one pipeline: `[$crate]` of the runtime, then what the user wrote.
///
/// `line` says on which line of its file a token stands.
pub(crate) fn compile(input: TokenStream, line: fn(Span) -> u32) -> TokenStream {
    let (krate, input) = runtime(input);
    let mut diagnostics = Diagnostics::default();
    let tree = syntax::parse(input, &mut diagnostics);
    let graph = graph::build(&tree, &mut diagnostics);
    check::all(&graph, &mut diagnostics);
    let site = Site { krate: &krate, line };
    if diagnostics.read().is_empty() {
        let plan = plan::build(&graph);
        return expand::pipeline(&tree, &graph, &plan, site);
    }
    let errors = diagnostics.read().iter().map(Diagnostic::to_tokens).collect();
    expand::recover::pipeline(&tree, &errors, site)
}

/// Takes off what the wrapper in the runtime puts in front: the runtime's own path, whatever the user calls it.
fn runtime(input: TokenStream) -> (TokenStream, TokenStream) {
    let mut tokens = input.into_iter();
    match tokens.next() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => (group.stream(), tokens.collect()),
        first => (quote!(::streaming_runtime), first.into_iter().chain(tokens).collect()),
    }
}
