//! Names that the emitted code binds. They resolve where the macro stands, so that no name of the user's can meet them.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::graph::NodeId;

/// A name of the emitted code's own.
pub(crate) fn own(name: &str) -> Ident {
    match name.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::mixed_site()),
        None => Ident::new(name, Span::mixed_site()),
    }
}

/// A name of the runtime that the user's token stands for.
pub(crate) fn user(name: &str, user: &Ident) -> Ident {
    Ident::new(name, user.span())
}

/// The one word that the tokens are, where they are one: a variable, or a function of that name.
pub(crate) fn word(tokens: &TokenStream) -> Option<Ident> {
    let mut tokens = tokens.clone().into_iter();
    match (tokens.next()?, tokens.next()) {
        (TokenTree::Ident(word), None) if !word.to_string().starts_with(char::is_uppercase) => Some(word),
        _ => None,
    }
}

/// What a node is bound to: `x3` for the exchange before node 3.
pub(crate) fn of_node(letter: char, node: NodeId) -> Ident {
    own(&format!("{letter}{}", node.0))
}

/// The modules of the runtime, as the emitted code calls them.
///
/// A path that begins with `$crate` belongs to the macro, and rustc would show the whole pipeline for a mistake at it.
/// These are imported once, so that a call consists of nothing but the user's own place.
pub(crate) const MODULES: [(&str, &str); 5] = [
    (OP, "op"),
    (AGG, "agg"),
    (SOURCE, "source"),
    (SINK, "sink"),
    (PRIVATE, "__private"),
];

pub(crate) const OP: &str = "__op";
pub(crate) const AGG: &str = "__agg";
pub(crate) const SOURCE: &str = "__source";
pub(crate) const SINK: &str = "__sink";
pub(crate) const PRIVATE: &str = "__rt";

/// `module::item`, where the user's token stands.
pub(crate) fn path(module: &str, item: &str, at: &Ident) -> TokenStream {
    let (module, item) = (user(module, at), user(item, at));
    quote_spanned!(at.span()=> #module::#item)
}

/// `module::function(args)`, all of it where the user's token stands.
pub(crate) fn call(module: &str, function: &Ident, args: &TokenStream) -> TokenStream {
    call_with(module, function, None, args)
}

/// `module::function::<T>(args)`, all of it where the user's token stands.
pub(crate) fn call_with(
    module: &str,
    function: &Ident,
    turbofish: Option<&TokenStream>,
    args: &TokenStream,
) -> TokenStream {
    let module = user(module, function);
    let path = quote_spanned!(function.span()=> #module::#function #turbofish);
    apply(&path, function.span(), args.clone())
}

/// `function(args)`, the parentheses where the user's token stands.
pub(crate) fn apply(function: &TokenStream, user: Span, args: TokenStream) -> TokenStream {
    let args = group(Delimiter::Parenthesis, args, user);
    quote!(#function #args)
}

/// An expression of the emitted code's own that rustc shows where the user's token stands: a block that is there.
pub(crate) fn shown(tokens: TokenStream, user: Span) -> TokenStream {
    group(Delimiter::Brace, tokens, user)
}

fn group(delimiter: Delimiter, tokens: TokenStream, user: Span) -> TokenStream {
    let mut group = Group::new(delimiter, tokens);
    group.set_span(user);
    TokenTree::Group(group).into()
}

/// `k9.offer(record, task)`
pub(crate) fn offer(sink: NodeId, user: &Ident, record: &TokenStream) -> TokenStream {
    let (sink, task) = (of_node('k', sink), own("task"));
    let accept = path(SINK, "Accept", user);
    let sink = shown(quote!(&mut *#sink), user.span());
    quote_spanned!(user.span()=> #accept::offer(#sink, #record, #task))
}

/// `k9.put(record, task);`
pub(crate) fn put(sink: NodeId, user: &Ident, record: &TokenStream) -> TokenStream {
    let (sink, task) = (of_node('k', sink), own("task"));
    let accept = path(SINK, "Accept", user);
    let sink = shown(quote!(&mut *#sink), user.span());
    quote_spanned!(user.span()=> #accept::put(#sink, #record, #task);)
}
