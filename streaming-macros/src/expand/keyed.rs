//! The far side of an exchange: the aggregate's result becomes a record, and its readers run.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::captures::Place;
use super::cx::Cx;
use super::fused::{Binding, Fused, Here};
use super::names::{self, of_node, own};
use super::values;
use crate::graph::{ArgValue, NodeId, Scope, Shift, WindowShape};
use crate::ops::{OpKind, agg, count, fold, reduce};
use crate::plan;

/// What an aggregate puts behind its exchange.
pub(crate) struct Finish {
    /// Statements before the stage.
    pub(crate) before: TokenStream,
    /// How what came over the exchange becomes state.
    pub(crate) with: TokenStream,
    /// What the body calls the state.
    pub(crate) pattern: TokenStream,
    /// Statements of the body before the result.
    pub(crate) prepare: TokenStream,
    /// The result.
    pub(crate) value: TokenStream,
}

impl Finish {
    /// State that is made of accumulators.
    pub(crate) fn accumulators(user: &Ident, pattern: TokenStream, value: TokenStream) -> Self {
        let private = names::user(names::PRIVATE, user);
        Self {
            before: TokenStream::new(),
            with: quote_spanned!(user.span()=> #private::Parts),
            pattern,
            prepare: TokenStream::new(),
            value,
        }
    }
}

/// The statements before the stage, and the stage.
pub(crate) fn stage(
    cx: &Cx<'_>,
    id: NodeId,
    outlets: &TokenStream,
    locals: &TokenStream,
) -> (TokenStream, TokenStream) {
    let mut fused = Fused::for_one(cx);
    let finish = match cx.node(id).spec.op {
        OpKind::Agg => agg::finish(&mut fused, id),
        OpKind::Reduce => reduce::finish(&fused, id),
        OpKind::Fold => fold::finish(&fused, id),
        _ => count::finish(&fused, id),
    };
    let window = plan::scope_of(cx.graph, id) == Some(Scope::Window);
    let value = record(&mut fused, id, finish.value, window);
    let count = fused.count(id);
    let here = Here {
        owned: true,
        at: window.then_some(id),
        row: false,
    };
    let rest = fused.main(id, here);
    let at = window.then(|| event_time(&mut fused, id));
    let (record, task, exchange) = (own("record"), own("task"), of_node('x', id));
    let (key, window) = (fused.bind(Binding::Key, "key"), fused.bind(Binding::Window, "window"));
    let name = &cx.node(id).name;
    let (private, scope) = (names::user(names::PRIVATE, name), scope(cx, id));
    let Finish {
        before,
        with,
        pattern,
        prepare,
        ..
    } = finish;
    let unions = super::source::tails(&mut fused, cx.plan.stage_of[id.0], here);
    let (buffers, tails) = unions;
    let body = quote_spanned! {name.span()=>
        move |#key, #window, #pattern, #task, #locals| {
            #buffers
            #at
            #prepare
            let #record = #value;
            #count
            #rest
            #tails
        }
    };
    let body = cx.captures.taken(Place::Stage(cx.plan.stage_of[id.0]), body);
    let new = quote_spanned!(name.span()=> #private::KeyedStage::new);
    let stage = names::apply(&new, name.span(), quote!(&#exchange, #scope, #with, #outlets, #body));
    (before, stage)
}

/// `agg` gives the record itself; the others give it beside the key, and the window where there is one.
fn record(fused: &mut Fused<'_>, id: NodeId, value: TokenStream, window: bool) -> TokenStream {
    if fused.node(id).spec.op == OpKind::Agg {
        return value;
    }
    fused.uses(Binding::Key);
    let (key, bounds) = (own("key"), own("window"));
    if window {
        fused.uses(Binding::Window);
        quote!((#key, #bounds, #value))
    } else {
        quote!((#key, #value))
    }
}

/// What is behind a window happened at its end.
fn event_time(fused: &mut Fused<'_>, id: NodeId) -> TokenStream {
    if !fused.is_used(Binding::At(id)) {
        return TokenStream::new();
    }
    fused.uses(Binding::Window);
    let (at, window) = (own("at"), own("window"));
    quote!(let #at = #window.end - 1;)
}

/// The scope of an aggregate: a window is bound to the name of its node before the exchange.
fn scope(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let (scope, _) = plan::scope_and_key(cx.graph, id);
    let node = cx.node(scope);
    let op = |name: &Ident, args: &TokenStream| names::call(names::OP, name, args);
    match node.spec.op {
        OpKind::Window => {
            let window = of_node('w', scope);
            quote!(#window)
        }
        OpKind::Running => {
            let bound = match (node.option("ttl"), node.args.first()) {
                (Some(ttl), _) => op(&ttl.name, &values::of(&ttl.values[0])),
                (None, Some(ArgValue::Word(word))) => op(word, &TokenStream::new()),
                _ => TokenStream::new(),
            };
            op(&node.name, &bound)
        }
        _ => op(&node.name, &TokenStream::new()),
    }
}

/// The value of a window's shape: `op::window(op::tumbling(size))`
pub(crate) fn window(cx: &Cx<'_>, scope: NodeId) -> TokenStream {
    let node = cx.node(scope);
    match node.args.first() {
        Some(ArgValue::Window(WindowShape {
            word, lengths, offset, ..
        })) => {
            let lengths = lengths.iter().map(values::duration);
            let mut shape = names::call(names::OP, word, &quote!(#(#lengths),*));
            if let Some(Shift { earlier, amount }) = offset {
                let method = names::user(if *earlier { "earlier" } else { "later" }, word);
                let amount = values::duration(amount);
                shape = quote_spanned!(word.span()=> #shape.#method(#amount));
            }
            names::call(names::OP, &node.name, &shape)
        }
        _ => TokenStream::new(),
    }
}
