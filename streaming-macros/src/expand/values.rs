//! Arguments as Rust: the user's tokens as they are, checked literals as values.

use std::time::Duration;

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use super::names;
use crate::graph::{ArgValue, Inherited, Opt, Quantity};

/// The value of an argument as Rust.
pub(crate) fn of(arg: &ArgValue) -> TokenStream {
    match arg {
        ArgValue::Function { tokens, params: None } => by_name(tokens),
        ArgValue::Function { tokens, .. } => without_move(tokens),
        ArgValue::Expr(tokens) | ArgValue::Broken(tokens) => tokens.clone(),
        ArgValue::Duration(quantity) => duration(quantity),
        ArgValue::Number(quantity) => number(quantity),
        ArgValue::Word(word) => quote!(#word),
        ArgValue::WordCall(word, tokens) => quote!(#word(#tokens)),
        ArgValue::Inherited(from) => inherited(*from),
        // Not values: each is emitted where its operator is.
        ArgValue::Window(_) | ArgValue::Range(..) | ArgValue::Aggregation(_) | ArgValue::DeadLetter(..) => {
            TokenStream::new()
        }
    }
}

/// `.name(value)`: an option as a method of the runtime's.
pub(crate) fn method(option: &Opt) -> TokenStream {
    let method = names::user(option.spec, &option.name);
    let values = option.values.iter().map(of);
    let call = names::apply(&quote!(#method), method.span(), quote!(#(#values),*));
    quote_spanned!(method.span()=> .#call)
}

/// A duration as Rust: of the user's, or a literal that has been checked.
pub(crate) fn duration(quantity: &Quantity<Duration>) -> TokenStream {
    match quantity {
        Quantity::Expr(tokens) => typed(tokens, "Duration"),
        Quantity::Literal(duration, span) => {
            let (unit, count) = match u64::try_from(duration.as_millis()) {
                Ok(millis) if duration.subsec_nanos() % 1_000_000 == 0 => ("from_millis", millis),
                _ => ("from_nanos", u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)),
            };
            let (module, unit) = (Ident::new(names::PRIVATE, *span), Ident::new(unit, *span));
            quote_spanned!(*span=> #module::Duration::#unit(#count))
        }
    }
}

fn inherited(from: Inherited) -> TokenStream {
    let brokers = match from {
        Inherited::Setting => names::own("brokers"),
        Inherited::Node(node) => names::of_node('b', node),
    };
    quote!(::core::clone::Clone::clone(&#brokers))
}

/// A function by its name, which may be that of a variable: it is lent, for the loop calls it again and again.
pub(crate) fn by_name(function: &TokenStream) -> TokenStream {
    match names::word(function) {
        // Clippy minds a borrow that is an argument.
        Some(word) => {
            let lent = names::own("function");
            names::shown(quote!(let #lent = &#word; #lent), word.span())
        }
        None => without_move(function),
    }
}

/// A closure that borrows what it uses: the stage around it, which runs it again and again, has taken that already.
fn without_move(closure: &TokenStream) -> TokenStream {
    let mut tokens = closure.clone().into_iter().peekable();
    if matches!(tokens.peek(), Some(TokenTree::Ident(word)) if word == "move") {
        tokens.next();
    }
    tokens.collect()
}

/// An expression of the user's where one type is expected: rustc says so at the expression, and nowhere else.
pub(crate) fn typed(tokens: &TokenStream, ty: &str) -> TokenStream {
    let user = tokens.clone().into_iter().next();
    let user = user.map_or_else(Span::mixed_site, |token| token.span());
    let (value, module, ty) = (
        names::own("value"),
        Ident::new(names::PRIVATE, user),
        Ident::new(ty, user),
    );
    let ty = if ty == "Duration" {
        quote!(#module::#ty)
    } else {
        quote!(#ty)
    };
    quote!({ let #value: #ty = #tokens; #value })
}

/// A number as Rust: of the user's, or a literal that has been checked.
pub(crate) fn number(quantity: &Quantity<u64>) -> TokenStream {
    match quantity {
        Quantity::Expr(tokens) => tokens.clone(),
        // Not the user's token any more: `256KiB` is not to be told how to write 262144.
        Quantity::Literal(value, _) => {
            let literal = Literal::u64_unsuffixed(*value);
            quote!(#literal)
        }
    }
}

/// A list as pairs: `(a, (b, ()))`.
pub(crate) fn pairs(list: impl DoubleEndedIterator<Item = TokenStream>) -> TokenStream {
    list.rev().fold(quote!(()), |rest, item| quote!((#item, #rest)))
}
