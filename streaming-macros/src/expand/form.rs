//! The two forms: a block that is an expression, and a function that returns the pipeline.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{GenericParam, Generics};

use crate::syntax::tree::{Form, Signature};

/// Puts the body where the form wants it.
pub(super) fn wrap(form: &Form, krate: &TokenStream, body: &TokenStream) -> TokenStream {
    match form {
        Form::Expression | Form::Broken(_) => quote!({ #body }),
        Form::Item(signature) => item(signature, krate, body),
    }
}

pub(super) fn item(signature: &Signature, krate: &TokenStream, body: &TokenStream) -> TokenStream {
    let Signature {
        attrs,
        vis,
        keyword,
        name,
        generics,
        args,
        paren,
        where_clause,
        brace,
    } = signature;
    let mut parens = Group::new(proc_macro2::Delimiter::Parenthesis, args.clone());
    parens.set_span(*paren);
    let captured = captured(signature);
    let block = quote_spanned!(*brace=> { #body });
    quote! {
        #attrs
        #vis #keyword #name #generics #parens -> #krate::Pipeline<impl #krate::Graph #captured> #where_clause #block
    }
}

/// `+ use<T>`: a pipeline keeps nothing of what its function borrowed, so no lifetimes.
///
/// `impl Trait` among the arguments is a type that `use<…>` cannot name; then all is captured, as ever.
fn captured(signature: &Signature) -> TokenStream {
    if has_impl(&signature.args) {
        return TokenStream::new();
    }
    let params = match syn::parse2::<Generics>(signature.generics.clone()) {
        Ok(generics) => generics.params,
        Err(_) => return TokenStream::new(),
    };
    let names: Vec<Ident> = params
        .into_iter()
        .filter_map(|param| match param {
            GenericParam::Type(param) => Some(param.ident),
            GenericParam::Const(param) => Some(param.ident),
            GenericParam::Lifetime(_) => None,
        })
        .collect();
    quote!(+ use<#(#names),*>)
}

fn has_impl(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => has_impl(&group.stream()),
        _ => false,
    })
}
