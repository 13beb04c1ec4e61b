//! The compiler behind `stream_pipeline!`.
//!
//! Use it through `streaming_runtime`, which re-exports the macro and owns everything that the macro's output calls.
//! Only this file speaks `proc_macro`; all phases are plain functions on `proc_macro2`, tested without a compiler.

mod check;
mod compile;
mod derive_key;
mod diag;
mod expand;
mod graph;
mod ops;
mod plan;
mod spec;
mod syntax;

/// Compiles a pipeline: called by `streaming_runtime::stream_pipeline!`, which says where the runtime is.
///
/// The language is documented there.
#[proc_macro]
pub fn pipeline(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    compile::compile(input.into(), HOST).into()
}

/// Shows a pipeline to an editor: called in place of `pipeline` where rust-analyzer reads the program.
#[proc_macro]
pub fn editor(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    compile::show(input.into(), HOST).into()
}

const HOST: compile::Host = compile::Host {
    line: |span| u32::try_from(span.unwrap().line()).unwrap_or(u32::MAX),
    ends: |span| (span.unwrap().start().into(), span.unwrap().end().into()),
    features: if cfg!(feature = "kafka") { &["kafka"] } else { &[] },
};

/// Makes a type a key: what `key_by` may return and aggregates keep.
///
/// The type must own what it holds; a key that borrows is a reference or a tuple of references. `#[key(crate = path)]`
/// says where the runtime is, where it has another name.
#[proc_macro_derive(Key, attributes(key))]
pub fn derive_key(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive_key::expand(input.into()).into()
}
