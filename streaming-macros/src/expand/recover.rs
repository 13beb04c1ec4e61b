//! What a pipeline with mistakes becomes: a pipeline that is never run, so that rustc reads on, and everything the user
//! wrote, each token once, for the editor.
//!
//! An editor expands the macro too, and looks for the token under its cursor in what comes out. rustc never sees that
//! part: it would only repeat the mistakes that have been reported.

use proc_macro2::TokenStream;
use quote::quote;

use super::names::{self, own};
use super::{Site, form, imports};
use crate::syntax::tree::{Arg, Call, Chain, Form, Head, Pipeline, Statement};

/// The errors, and a pipeline in their place.
pub(crate) fn pipeline(tree: &Pipeline, errors: &TokenStream, site: Site<'_>) -> TokenStream {
    let private = own(names::PRIVATE);
    let imports = imports(site.krate);
    let statements = tree.statements.iter().map(statement);
    let body = quote! {
        #imports
        #private::recover! { #(#statements)* }
        #private::stub()
    };
    match &tree.form {
        Form::Expression => quote!({ #errors #body }),
        Form::Item(signature) => {
            let item = form::item(signature, site.krate, &body);
            quote!(#errors #[allow(unused_variables)] #item)
        }
        Form::Broken(head) => {
            let krate = site.krate;
            quote! {
                #errors
                #krate::__private::recover! { #head { #body } }
            }
        }
    }
}

fn statement(statement: &Statement) -> TokenStream {
    match statement {
        Statement::Settings(call) => call.args.iter().map(|arg| argument(arg, names::OP)).collect(),
        Statement::Let(binding) => {
            let chain = chain(&binding.chain);
            let names = binding.pattern.names();
            quote!(#chain #(let #names = ();)*)
        }
        Statement::Chain(statement) => chain(statement),
        Statement::Rust(tokens) => tokens.clone(),
        Statement::Broken(tokens) => quote!({ #tokens }),
    }
}

/// Every call for itself: without the stream before it, it has no type.
fn chain(chain: &Chain) -> TokenStream {
    let head = match &chain.head {
        Head::Name(name) => quote!(let _ = #name;),
        Head::Call(head) => call(head, names::SOURCE),
    };
    let calls = chain.calls.iter().map(|method| call(method, names::OP));
    let rest = &chain.rest;
    quote!(#head #(#calls)* { #rest })
}

/// The name as a path, so that the editor completes and explains it; then the arguments.
fn call(call: &Call, module: &str) -> TokenStream {
    let path = names::path(module, &call.name.to_string(), &call.name);
    let turbofish = &call.turbofish;
    let args = call.args.iter().map(|arg| argument(arg, module));
    quote!(let _ = #path #turbofish; #(#args)*)
}

fn argument(arg: &Arg, module: &str) -> TokenStream {
    let name = arg
        .name
        .as_ref()
        .map(|name| names::path(module, &name.to_string(), name));
    let name = name.map(|name| quote!(let _ = #name;));
    let value = &arg.value.tokens;
    quote!(#name { #value })
}
