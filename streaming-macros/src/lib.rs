//! The compiler behind `stream_pipeline!`.
//!
//! Use it through `streaming_runtime`, which re-exports the macro and owns everything that the macro's output calls.
//! Only this file speaks `proc_macro`; all phases are plain functions on `proc_macro2`, tested without a compiler.

mod check;
mod compile;
mod diag;
mod graph;
mod ops;
mod syntax;

/// Compiles a stream pipeline at build time: parses it, checks it, fuses it and emits flat loops.
///
/// The full language is documented where the macro is re-exported, in `streaming_runtime`.
#[proc_macro]
pub fn stream_pipeline(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    compile::compile(input.into()).into()
}
