//! `agg`: makes one record per key out of aggregates.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::aggregates::{Accumulators, aggregation};
use crate::expand::exchange;
use crate::expand::fused::{Fused, Here};
use crate::expand::keyed::Finish;
use crate::expand::names;
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "agg",
    op: OpKind::Agg,
    kind: Kind::Reduce,
    args: &[ArgSpec {
        name: "expression",
        ty: Ty::Aggregation,
        count: Count::One,
    }],
    takes: Takes::Scoped,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    ..OpSpec::BASE
};

/// Shows the record to every accumulator of the key.
pub(crate) fn emit(fused: &mut Fused<'_>, id: NodeId, place: &TokenStream, here: Here) -> TokenStream {
    let Some(agg) = aggregation(fused, id) else {
        return TokenStream::new();
    };
    let (accumulators, enter) = (Accumulators::of(agg), Fused::enter(id));
    let slot = exchange::slot(fused, id, "slot", place);
    let (pattern, types) = (accumulators.pattern(), accumulators.types());
    let update = accumulators.update(fused, here);
    quote!(let #pattern: &mut #types = #slot; #enter #update)
}

/// `op::agg(expression)`
pub(crate) fn finish(fused: &mut Fused<'_>, id: NodeId) -> Finish {
    let Some(agg) = aggregation(fused, id) else {
        return Finish::accumulators(&fused.node(id).name, quote!(_), quote!(()));
    };
    let accumulators = Accumulators::of(agg);
    let name = &fused.node(id).name;
    let (before, expr) = accumulators.finish(fused);
    let call = names::call(names::OP, name, &expr);
    Finish {
        prepare: before,
        ..Finish::accumulators(name, accumulators.pattern(), call)
    }
}
