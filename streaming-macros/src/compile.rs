//! The phases, in order.

use proc_macro2::TokenStream;

use crate::diag::{Diagnostic, Diagnostics};
use crate::{check, graph, syntax};

/// Compiles one pipeline.
pub(crate) fn compile(input: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let pipeline = syntax::parse(input, &mut diagnostics);
    let graph = graph::build(&pipeline, &mut diagnostics);
    check::all(&graph, &mut diagnostics);
    diagnostics.read().iter().map(Diagnostic::to_tokens).collect()
}
