//! `settings(…)` as a value.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::cx::Cx;
use super::names::{self, own};
use super::values::{self, typed};
use crate::graph::{OnPanic, PipelineName, Quantity, Trigger};

/// `let settings = …;`, with every setting that was given.
pub(super) fn emit(cx: &Cx<'_>) -> TokenStream {
    let (krate, settings, given) = (cx.krate, own("settings"), &cx.graph.settings);
    let name = name(&cx.graph.name);
    let mut set = TokenStream::new();
    let interval = given.batch_interval.as_ref().map(values::duration);
    let trigger = match &given.trigger {
        Some(Trigger::Interval(word, interval)) => {
            let interval = values::duration(interval);
            Some(names::apply(&variant(word, "Interval"), word.span(), interval))
        }
        Some(Trigger::Asap(word)) => Some(variant(word, "Asap")),
        Some(Trigger::AvailableNow(word)) => Some(variant(word, "AvailableNow")),
        None => interval.map(|interval| quote!(#krate::Trigger::Interval(#interval))),
    };
    if let Some(trigger) = trigger {
        set.extend(quote!(#settings.trigger = #trigger;));
    }
    if let Some(threads) = &given.threads {
        let threads = number_of(threads, "usize");
        set.extend(quote!(#settings.threads = ::core::option::Option::Some(#threads);));
    }
    if let PipelineName::Expr(name, _) = &cx.graph.name {
        let user = name.clone().into_iter().next();
        let user = user.map_or_else(Span::mixed_site, |token| token.span());
        let module = Ident::new(names::PRIVATE, user);
        let named = names::apply(&quote_spanned!(user=> #module::text), user, name.clone());
        set.extend(quote!(#settings.name = #named;));
    }
    if let Some(directory) = &given.checkpoint {
        let user = directory.clone().into_iter().next();
        let user = user.map_or_else(Span::mixed_site, |token| token.span());
        let module = Ident::new(names::PRIVATE, user);
        let kept = names::apply(&quote_spanned!(user=> #module::directory), user, directory.clone());
        set.extend(quote!(#settings.checkpoint = #kept;));
    }
    if let Some(timeout) = &given.stop_timeout {
        let timeout = values::duration(timeout);
        set.extend(quote!(#settings.stop_timeout = #timeout;));
    }
    if let Some(word) = &given.on_panic {
        let variant = match given.on_panic() {
            OnPanic::Fail => "Fail",
            OnPanic::Skip => "Skip",
            OnPanic::DeadLetter => "DeadLetter",
        };
        let (policy, variant) = (names::path(names::PRIVATE, "OnPanic", word), names::user(variant, word));
        set.extend(quote!(#settings.on_panic = #policy::#variant;));
    }
    if given.exactly_once() {
        set.extend(quote!(#settings.exactly_once = true;));
    }
    let numbers = [
        ("key_partitions", "usize", &given.key_partitions),
        ("max_batch_rows", "u64", &given.max_batch_rows),
        ("max_batch_bytes", "u64", &given.max_batch_bytes),
        ("max_in_flight_bytes", "u64", &given.max_in_flight_bytes),
        ("task_tries", "u32", &given.task_tries),
    ];
    for (field, ty, number) in numbers {
        if let Some(number) = number {
            let (field, number) = (own(field), number_of(number, ty));
            set.extend(quote!(#settings.#field = #number;));
        }
    }
    let mutable = (!set.is_empty()).then(|| quote!(mut));
    quote!(let #mutable #settings = #krate::Settings::new(#name); #set)
}

/// `Trigger::Asap`, where the user's word stands.
fn variant(word: &Ident, variant: &str) -> TokenStream {
    let (trigger, variant) = (names::path(names::PRIVATE, "Trigger", word), names::user(variant, word));
    quote_spanned!(word.span()=> #trigger::#variant)
}

/// A number of that type, in whose name rustc judges an expression of the user's.
fn number_of(quantity: &Quantity<u64>, ty: &str) -> TokenStream {
    match quantity {
        Quantity::Expr(tokens) => typed(tokens, ty),
        Quantity::Literal(..) => values::number(quantity),
    }
}

/// The pipeline's name in its plan, as a string literal.
pub(super) fn name(name: &PipelineName) -> TokenStream {
    match name {
        PipelineName::Setting(literal) => quote!(#literal),
        PipelineName::Item(ident) => {
            let name = ident.to_string();
            quote!(#name)
        }
        PipelineName::Expr(_, name) => quote!(#name),
        PipelineName::None => quote!("pipeline"),
    }
}
