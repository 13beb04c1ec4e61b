//! A chain as statements, a variable for each link.

use std::collections::HashMap;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;

use super::super::names::own;
use super::{Around, LANGUAGE, aggregation, calls, is_punct, repair, unfinished, unread, values};
use crate::spec::{Gives, Kind, OpSpec, Table, Ty};
use crate::syntax::tree::{Call, Chain, Head, Pipeline, Statement};

/// Where streams are bound. A use of a name is the bound one whichever `macro_rules!` wrote it, as it is where pipelines are
/// compiled.
pub(super) struct Names {
    bound: HashMap<String, Span>,
    pub(super) table: &'static Table,
}

impl Names {
    pub(super) fn of(tree: &Pipeline, table: &'static Table) -> Self {
        let names = tree.statements.iter().filter_map(|statement| match statement {
            Statement::Let(binding) => Some(binding.pattern.names()),
            _ => None,
        });
        let names = names.flatten().map(|name| (name.to_string(), name.span()));
        Self {
            bound: names.collect(),
            table,
        }
    }

    fn bound(&self, name: &Ident) -> Ident {
        let mut name = name.clone();
        if let Some(binding) = self.bound.get(&name.to_string()) {
            name.set_span(name.span().resolved_at(*binding));
        }
        name
    }
}

/// `{ let orders = head; let orders = orders.call(…); orders }`: each link has the name of the whole, so that an editor offers none
/// that is not the user's.
///
/// A chain that is not bound is called `stream`: its head may be what is being written.
pub(super) fn emit(chain: &Chain, name: Option<&Ident>, names: &Names) -> TokenStream {
    let (head, mut owner) = head(chain, names);
    let name = name
        .map(ToString::to_string)
        .filter(|name| !name.ends_with(calls::MARKER));
    let link = own(name.as_deref().unwrap_or("stream"));
    let mut code = quote!(let #link = #head;);
    for call in &chain.calls {
        let (unread, call) = calls::readable(call);
        let call = &call;
        let around = Around {
            table: names.table,
            stream: Some(&link),
        };
        let name = call.name.to_string();
        let option = owner
            .filter(|spec| spec.kind.has_modifiers())
            .and_then(|spec| spec.option(&name));
        let value = if let Some(option) = option {
            let call = calls::modifier(call, option, around);
            quote!(#link.#call)
        } else {
            owner = names.table.method(&name);
            operator(call, owner, around, names)
        };
        code.extend(quote!(#unread let #link = #value;));
    }
    let rest: Vec<TokenTree> = chain.rest.clone().into_iter().collect();
    if let [dot] = &rest[..]
        && is_punct(dot, '.')
    {
        return quote!({ #code let #link = #link #dot unfinished(); #link });
    }
    let rest = unread(&chain.rest);
    quote!({ #code #rest #link })
}

/// What the chain begins with; the spec whose options may follow.
fn head(chain: &Chain, names: &Names) -> (TokenStream, Option<&'static OpSpec>) {
    let language = own(LANGUAGE);
    let call = match &chain.head {
        Head::Name(name) => {
            let name = names.bound(name);
            return (quote!(#name), None);
        }
        Head::Call(call) => call,
    };
    let spec = names.table.head(&call.name.to_string());
    if spec.is_some_and(|spec| spec.kind == Kind::Union) {
        return (union(call, names), spec);
    }
    let decoded = chain
        .calls
        .first()
        .and_then(|call| names.table.method(&call.name.to_string()))
        .is_some_and(|next| next.kind == Kind::Decode);
    if decoded && spec.is_some_and(|spec| spec.custom) {
        let args = call.args.iter().map(|arg| repair::expression(&arg.value.tokens));
        let name = Ident::new("source_of_bytes", call.name.span());
        return (quote!(#language::sources::#name(#(#args),*)), spec);
    }
    let (unread, call) = calls::readable(call);
    let around = Around {
        table: names.table,
        stream: None,
    };
    let call = calls::operator(&call, spec, around);
    (quote!({ #unread #language::sources::#call }), spec)
}

/// `union(a, (b, ()))`
fn union(call: &Call, names: &Names) -> TokenStream {
    let (language, name) = (own(LANGUAGE), &call.name);
    let mut streams = call.args.iter().map(|arg| stream(&arg.value.tokens, names));
    let first = streams.next().unwrap_or_else(unfinished);
    quote!(#language::sources::#name(#first, (#(#streams,)*)))
}

fn operator(call: &Call, spec: Option<&OpSpec>, around: Around<'_>, names: &Names) -> TokenStream {
    let Some(before) = around.stream else {
        return calls::operator(call, spec, around);
    };
    let has_arg = |fits: fn(Ty) -> bool| spec.is_some_and(|spec| spec.has_arg(fits));
    if !call.args.is_empty() && has_arg(|ty| matches!(ty, Ty::Aggregation)) {
        return aggregation::emit(call, before);
    }
    if !call.args.is_empty() && spec.is_some_and(|spec| spec.gives == Gives::PartsPlusOne) {
        return parts(call, before, around);
    }
    if !call.args.is_empty() && has_arg(|ty| matches!(ty, Ty::Stream)) {
        return with_streams(call, before, names);
    }
    let written = calls::operator(call, spec, around);
    // What such a function is given has been kept in between.
    if call.paren.is_some() && has_arg(|ty| matches!(ty, Ty::Step(_))) {
        let language = own(LANGUAGE);
        let record = aggregation::kept(&quote!(#language::lent(&#before)));
        return quote!(#language::keeping(&#before, #record).#written);
    }
    quote!(#before.#written)
}

/// `s.join(other)`
fn with_streams(call: &Call, before: &Ident, names: &Names) -> TokenStream {
    let name = &call.name;
    let streams = call.args.iter().map(|arg| stream(&arg.value.tokens, names));
    quote!(#before.#name(#(#streams),*))
}

/// A stream as an argument.
fn stream(tokens: &TokenStream, names: &Names) -> TokenStream {
    match crate::syntax::chain(tokens) {
        Some(chain) => emit(&chain, None, names),
        None => repair::expression(tokens),
    }
}

/// `(s.branch(f), s.branch(g), rest)`
fn parts(call: &Call, before: &Ident, around: Around<'_>) -> TokenStream {
    let language = own(LANGUAGE);
    let own_name = own(&call.name.to_string());
    let parts = call.args.iter().enumerate().map(|(at, arg)| {
        let function = values::of(&arg.value, Ty::RecordFn, "", around);
        let name = if at == 0 { &call.name } else { &own_name };
        quote!(#before.#name(#function),)
    });
    quote!((#(#parts)* #language::rest(&#before)))
}
