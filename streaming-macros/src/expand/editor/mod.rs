//! What an editor reads in place of the loops: the statements as the user wrote them, in the types of the runtime's `language`.
//!
//! A stream is a local variable with a method for each operator that fits, so that the editor completes, explains, finds and
//! renames by its own rules. Each token of the user's comes out once, in order, and what is emitted before a token depends on
//! nothing behind it: the editor expands a pipeline with and without a marker at the cursor, and compares places.

mod aggregation;
mod calls;
mod chain;
mod closure;
mod repair;
mod sink;
mod values;

#[cfg(test)]
mod tests;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;

use super::names::{self, own};
use super::{Site, form};
use crate::spec::Table;
use crate::syntax::tree::{Form, Let, Pattern, Pipeline, Statement};

/// What stands around a value.
#[derive(Clone, Copy)]
struct Around<'a> {
    table: &'static Table,
    /// The stream that the operator stands behind.
    stream: Option<&'a Ident>,
}

/// The module of the runtime that has the types.
const LANGUAGE: &str = "__language";

/// The pipeline, and the errors behind it.
pub(crate) fn pipeline(tree: &Pipeline, errors: &TokenStream, site: Site<'_>) -> TokenStream {
    let (krate, language, private) = (site.krate, own(LANGUAGE), own(names::PRIVATE));
    let paths = [
        (LANGUAGE, quote!(#krate::language)),
        (names::PRIVATE, quote!(#krate::__private)),
    ];
    let names = chain::Names::of(tree, site.table);
    let statements = tree.statements.iter().map(|written| statement(written, &names));
    let body = quote! {
        #[allow(unused_imports)]
        use #private::{FarKind as _, Lent as _, NearKind as _, PlainKind as _, TextKind as _};
        #[allow(unused_imports)]
        use #language::{Meta as _, Unfinished as _};
        #(#statements)*
    };
    let body = placed(body, &paths);
    match &tree.form {
        Form::Expression => quote!({ #body #errors #krate::__private::stub() }),
        Form::Item(signature) => {
            let item = form::item(signature, krate, &quote!(#body #krate::__private::stub()));
            quote!(#item #errors)
        }
        Form::Broken(head) => {
            let item = quote!(#head { #body });
            let item = if syn::parse2::<syn::ItemFn>(item.clone()).is_ok() {
                item
            } else {
                quote!(#krate::language::unread! { #item })
            };
            quote!(#item #errors)
        }
    }
}

/// The tokens with these modules in place of their short names, which an editor would offer to the user.
fn placed(tokens: TokenStream, modules: &[(&str, TokenStream); 2]) -> TokenStream {
    let token = |token| match token {
        TokenTree::Ident(word) => match modules.iter().find(|(short, _)| word == short) {
            Some((_, path)) => path.clone(),
            None => TokenTree::Ident(word).into(),
        },
        TokenTree::Group(group) => {
            let mut inside = Group::new(group.delimiter(), placed(group.stream(), modules));
            inside.set_span(group.span());
            TokenTree::Group(inside).into()
        }
        token => token.into(),
    };
    tokens.into_iter().map(token).collect()
}

fn statement(statement: &Statement, names: &chain::Names) -> TokenStream {
    match statement {
        Statement::Settings(call) => {
            let settings = calls::options("settings", &call.args, &values::setting);
            quote!(let _ = #settings;)
        }
        Statement::Let(Let { pattern, chain, .. }) => {
            let chain = chain::emit(chain, pattern.names().first(), names);
            match pattern {
                Pattern::One(name) => quote!(let #name = #chain;),
                Pattern::Many(parts, _) => quote!(let (#(#parts),*) = #chain;),
            }
        }
        Statement::Chain(written) => {
            let chain = chain::emit(written, None, names);
            quote!(let _ = #chain;)
        }
        Statement::Rust(tokens) => among_sources(tokens, names.table).unwrap_or_else(|| tokens.clone()),
        Statement::Broken(tokens) => broken(tokens),
    }
}

/// A statement that is no more than a word, `let x = fil;`: the head of a chain perhaps.
fn among_sources(tokens: &TokenStream, table: &Table) -> Option<TokenStream> {
    let list: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is = |token: &TokenTree, ch| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ch);
    let [before @ .., TokenTree::Ident(word), end] = &list[..] else {
        return None;
    };
    let value = before.last().is_none_or(|token| is(token, '='));
    if !value || !is(end, ';') || table.head(&word.to_string()).is_some() {
        return None;
    }
    let word = sources(&quote!(#word));
    Some(quote!(#(#before)* #word #end))
}

/// An expression in which the names of sources are known.
fn sources(value: &TokenStream) -> TokenStream {
    let language = own(LANGUAGE);
    quote!({
        #[allow(unused_imports)]
        use #language::sources::*;
        #value
    })
}

/// A statement that is no Rust and no chain, made whole where it only ends too early.
fn broken(tokens: &TokenStream) -> TokenStream {
    let unfinished = unfinished();
    let parses = |tokens: &TokenStream| {
        let parser = |input: syn::parse::ParseStream<'_>| syn::Block::parse_within(input);
        syn::parse::Parser::parse2(parser, tokens.clone()).is_ok()
    };
    let whole = repair::dots(tokens);
    let head = sources(&unfinished);
    [quote!(#whole;), quote!(#whole #head;), quote!(#whole = #unfinished;)]
        .into_iter()
        .find(parses)
        .unwrap_or_else(|| unread(tokens))
}

/// Tokens that are kept for the editor, and mean nothing.
fn unread(tokens: &TokenStream) -> TokenStream {
    let language = own(LANGUAGE);
    if tokens.is_empty() {
        return TokenStream::new();
    }
    quote!(#language::unread! { #tokens })
}

/// An expression that is not there yet.
fn unfinished() -> TokenStream {
    let language = own(LANGUAGE);
    quote!(#language::unfinished())
}

/// A value of any type.
fn any() -> TokenStream {
    let language = own(LANGUAGE);
    quote!(#language::any())
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

fn is_punct(token: &TokenTree, ch: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ch)
}
