//! `event_time`: says when each record happened, and how late it may come.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::fused::{Fused, Here};
use crate::expand::names::{of_node, own};
use crate::graph::NodeId;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, OptSpec, Takes, TimeEffect, Ty};

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
    ],
    takes: Takes::Records,
    gives: Gives::Same,
    event_time: TimeEffect::Sets,
    ..OpSpec::BASE
};

/// `let at = $crate::op::event_time(&record, f); clock.see(at);`
pub(crate) fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let enter = Fused::enter(id);
    let call = fused.call_by_ref(id, &fused.node(id).args[0]);
    let (at, clock) = (own("at"), of_node('c', id));
    let rest = fused.main(id, Here { at: Some(id), ..here });
    quote!(#enter let #at = #call; #clock.see(#at); #rest)
}
