//! `event_time`: says when each record happened, how late it may come, and how far ahead of the clock it may be.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::expand::fused::{Fused, Here, operator};
use crate::expand::names::{self, of_node, own};
use crate::graph::NodeId;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, OptSpec, Takes, TimeEffect, Ty};
use crate::plan;

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "event_time",
    op: OpKind::EventTime,
    kind: Kind::Time,
    args: &[ArgSpec {
        name: "f",
        ty: Ty::RecordFn,
        count: Count::One,
    }],
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
    takes: Takes::Records,
    gives: Gives::Same,
    event_time: TimeEffect::Sets,
    ..OpSpec::BASE
};

/// `let at = $crate::op::event_time(&record, f); if !clock.see(at) { task.ahead(3, at); }`
pub(crate) fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let enter = Fused::enter(id);
    let call = fused.call_by_ref(id, &fused.node(id).args[0]);
    let (at, clock, task, number) = (own("at"), of_node('c', id), own("task"), operator(id));
    let again = fused
        .node(id)
        .inputs
        .first()
        .filter(|input| plan::is_behind_window(fused.cx.graph, **input));
    let again = again.map(|_| {
        let name = &fused.node(id).name;
        let module = names::user(names::OP, name);
        quote_spanned!(name.span()=> #module::event_time_behind_a_window();)
    });
    let rest = fused.main(id, Here { at: Some(id), ..here });
    quote!(#enter #again let #at = #call; if !#clock.see(#at) { #task.ahead(#number, #at); } #rest)
}
