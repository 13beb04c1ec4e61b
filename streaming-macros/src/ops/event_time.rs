//! `event_time`: says when each record happened, how late it may come, and how far ahead of the clock it may be.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::expand::cx::Cx;
use crate::expand::emit::Emit;
use crate::expand::fused::{Fused, Here, operator};
use crate::expand::names::{self, of_node, own};
use crate::expand::values;
use crate::graph::{ArgValue, NodeId};
use crate::plan;
use crate::spec::{ArgSpec, OpSpec, OptSpec, Tries, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "event_time",
    args: &[ArgSpec::RECORD_FN],
    options: &[
        OptSpec {
            name: "max_delay",
            values: &[Ty::Delay],
            required: true,
            ..OptSpec::BASE
        },
        OptSpec {
            name: "idle",
            values: &[Ty::Duration],
            ..OptSpec::BASE
        },
        OptSpec {
            name: "max_ahead",
            values: &[Ty::DelayOr("unbounded")],
            ..OptSpec::BASE
        },
    ],
    tries: Tries::Never,
    ..OpSpec::TIME
};

pub(crate) static EMIT: Emit = Emit {
    shared: clock,
    record: emit,
    ..Emit::BASE
};

/// `let at = $crate::op::event_time(&record, f); if !clock.see(at) { task.ahead(3, at); }`
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let enter = Fused::enter(id);
    let call = fused.call_by_ref(id, &fused.node(id).args[0]);
    let (at, clock, task, number) = (own("at"), of_node('c', id), own("task"), operator(id));
    let mut inputs = fused.node(id).inputs.iter();
    let again = inputs.any(|input| plan::is_behind_window(fused.cx.graph, *input));
    let again = again.then(|| {
        let name = &fused.node(id).name;
        let module = names::user(names::OP, name);
        quote_spanned!(name.span()=> #module::event_time_behind_a_window();)
    });
    let rest = fused.main(id, Here { at: Some(id), ..here });
    quote!(#enter #again let #at = #call; if !#clock.see(#at) { #task.ahead(#number, #at); } #rest)
}

/// `let c3 = Clock::new(max_delay, idle, max_ahead);`
fn clock(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let node = cx.node(id);
    let (name, private) = (of_node('c', id), names::path(names::PRIVATE, "Clock", &node.name));
    let max_delay = node.option("max_delay").map(|option| values::of(&option.values[0]));
    let given = |option: &str| match node.option(option).map(|option| &option.values[0]) {
        Some(ArgValue::Word(word)) => {
            let private = names::user(names::PRIVATE, word);
            quote!(::core::option::Option::Some(#private::Duration::MAX))
        }
        Some(value) => {
            let value = values::of(value);
            quote!(::core::option::Option::Some(#value))
        }
        None => quote!(::core::option::Option::None),
    };
    let (idle, max_ahead) = (given("idle"), given("max_ahead"));
    quote!(let #name = #private::new(#max_delay, #idle, #max_ahead);)
}
