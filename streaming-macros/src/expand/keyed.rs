//! The far side of an exchange: a result becomes a record, and its readers run.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::captures::Place;
use super::cx::Cx;
use super::fused::{Binding, Fused, Here};
use super::gather;
use super::names::{self, of_node, own};
use crate::graph::NodeId;
use crate::plan;

/// What stands behind an exchange.
pub(crate) enum Operator {
    /// An aggregate over its scope: how what came over the exchange becomes state.
    Over(TokenStream),
    /// An operator that has taken its scope in, and the function that makes a stage of it.
    Whole(&'static str, TokenStream),
}

/// What an aggregate puts behind its exchange.
pub(crate) struct Finish {
    /// Statements before the stage.
    pub(crate) before: TokenStream,
    pub(crate) operator: Operator,
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
            operator: Operator::Over(quote_spanned!(user.span()=> #private::Parts)),
            pattern,
            prepare: TokenStream::new(),
            value,
        }
    }
}

/// What the stage of a keyed operator is made of.
pub(crate) struct Results {
    /// Statements before the stage.
    pub(crate) before: TokenStream,
    /// The constructor of the runtime's.
    pub(crate) constructor: &'static str,
    /// Its arguments between the exchange and the outlets, each with a comma.
    pub(crate) operator: TokenStream,
    /// What the body calls a result.
    pub(crate) pattern: TokenStream,
    /// Statements of the body before the record.
    pub(crate) prepare: TokenStream,
    /// The record.
    pub(crate) value: TokenStream,
    /// The event time of the record, from the `window` that comes with the result; `None` where it has none.
    pub(crate) at: Option<TokenStream>,
}

/// The result of one accumulator.
pub(super) fn accumulator(fused: &mut Fused<'_>, id: NodeId) -> Finish {
    let state = own("state");
    Finish::accumulators(&fused.node(id).name, quote!(#state), quote!(#state.finish()))
}

/// The stage of an aggregate over its scope.
pub(super) fn of_aggregate(fused: &mut Fused<'_>, id: NodeId) -> Results {
    let cx = fused.cx;
    let Finish {
        before,
        operator,
        pattern,
        prepare,
        value,
    } = (cx.code(id).aggregate.finish)(fused, id);
    let windowed = plan::is_windowed(cx.graph, id);
    let window = own("window");
    let (constructor, operator) = match operator {
        Operator::Over(with) => {
            let scope = scope(cx, id);
            ("new", quote!(#scope, #with,))
        }
        Operator::Whole(constructor, operator) => (constructor, quote!(#operator,)),
    };
    Results {
        before,
        constructor,
        operator,
        pattern,
        prepare,
        value: record(fused, id, value, windowed),
        at: plan::gives_times(cx.graph, id).then(|| quote!(#window.event_time())),
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
    let Results {
        before,
        constructor,
        operator,
        pattern,
        prepare,
        value,
        at,
    } = (cx.code(id).results)(&mut fused, id);
    let count = fused.count(id);
    let here = Here {
        at: at.is_some().then_some(id),
        row: false,
        ..Here::TURN
    };
    let rest = fused.main(id, here);
    let gathered = gather::within(&mut fused, id, here);
    let at = at.map(|at| event_time(&mut fused, id, &at));
    let (record, task, exchange) = (own("record"), own("task"), of_node('x', id));
    let (key, window) = (fused.bind(Binding::Key, "key"), fused.bind(Binding::Window, "window"));
    let name = &cx.node(id).name;
    let private = names::user(names::PRIVATE, name);
    let gather::Within {
        before: buffers,
        begin,
        end,
    } = gathered;
    let body = quote_spanned! {name.span()=>
        move |#key, #window, #pattern, #task, #locals| {
            #buffers
            #begin
            #at
            #prepare
            let #record = #value;
            #count
            #rest
            #end
        }
    };
    let body = cx.captures.taken(Place::Stage(cx.plan.stage_of[id.0]), body);
    let constructor = names::user(constructor, name);
    let new = quote_spanned!(name.span()=> #private::KeyedStage::#constructor);
    let stage = names::apply(&new, name.span(), quote!(&#exchange, #operator #outlets, #body));
    (before, stage)
}

/// The result next to the key, and the window where there is one; or the result alone, where it is the record itself.
fn record(fused: &mut Fused<'_>, id: NodeId, value: TokenStream, window: bool) -> TokenStream {
    if fused.node(id).spec.result.is_none() {
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

/// `let at = window.event_time();`, where anything asks for it.
fn event_time(fused: &mut Fused<'_>, id: NodeId, value: &TokenStream) -> TokenStream {
    if !fused.is_used(Binding::At(id)) {
        return TokenStream::new();
    }
    fused.uses(Binding::Window);
    let at = own("at");
    quote!(let #at = #value;)
}

/// The value of the scope of an aggregate.
pub(crate) fn scope(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let scope = plan::scope_of(cx.graph, id);
    scope.map(|scope| (cx.code(scope).scope)(cx, scope)).unwrap_or_default()
}
