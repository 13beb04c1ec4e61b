//! The phases, in order.

use proc_macro2::TokenStream;
use quote::quote;

use crate::diag::{Diagnostic, Diagnostics};
use crate::syntax::tree::Form;
use crate::{check, graph, syntax};

/// Compiles one pipeline.
pub(crate) fn compile(input: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let pipeline = syntax::parse(input, &mut diagnostics);
    let graph = graph::build(&pipeline, &mut diagnostics);
    check::all(&graph, &mut diagnostics);
    let errors: TokenStream = diagnostics.read().iter().map(Diagnostic::to_tokens).collect();
    match pipeline.form {
        Form::Item(_) | Form::Broken(_) => errors,
        Form::Expression => quote!({ #errors }),
    }
}
