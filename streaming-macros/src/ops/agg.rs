//! `agg`: makes one record per key out of aggregates.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::aggregates::{Accumulators, aggregation};
use crate::expand::emit::{Aggregate, Emit};
use crate::expand::exchange::Slot;
use crate::expand::fused::{Fused, Here};
use crate::expand::keyed::Finish;
use crate::expand::names;
use crate::graph::NodeId;
use crate::spec::{ArgSpec, Count, OpSpec, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "agg",
    args: &[ArgSpec {
        name: "expression",
        ty: Ty::Aggregation,
        count: Count::One,
    }],
    result: None,
    ..OpSpec::AGGREGATE
};

pub(crate) static EMIT: Emit = Emit {
    aggregate: Aggregate {
        update: emit,
        finish,
        ..Aggregate::MERGED
    },
    ..Emit::AGGREGATE
};

/// Shows the record to every accumulator of the key.
fn emit(fused: &mut Fused<'_>, id: NodeId, slot: &Slot, here: Here) -> TokenStream {
    let Some(agg) = aggregation(fused, id) else {
        return TokenStream::new();
    };
    let (accumulators, enter) = (Accumulators::of(agg), Fused::enter(id));
    let place = slot.find(id, "slot");
    let (pattern, types) = (accumulators.pattern(), accumulators.types());
    let update = accumulators.update(fused, here);
    quote!(let #pattern: &mut #types = #place; #enter #update)
}

/// `op::agg(expression)`
fn finish(fused: &mut Fused<'_>, id: NodeId) -> Finish {
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
