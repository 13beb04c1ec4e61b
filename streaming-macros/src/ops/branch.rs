//! `branch`: parts a stream by the first predicate that holds; the last part is the rest.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::fused::{Fused, Here};
use crate::graph::{NodeId, Output, Port};
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "branch",
    op: OpKind::Branch,
    kind: Kind::Parts,
    args: &[ArgSpec {
        name: "predicates",
        ty: Ty::RecordFn,
        count: Count::AtLeast(1),
    }],
    takes: Takes::Records,
    gives: Gives::PartsPlusOne,
    ..OpSpec::BASE
};

/// `if $crate::op::branch(&record, f) { … } else if … else { … }`
pub(crate) fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let enter = Fused::enter(id);
    let parts = parts(fused, id, here);
    quote!(#enter #parts)
}

/// One part behind each predicate, and the rest.
pub(super) fn parts(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let predicates = &fused.node(id).args;
    let mut code = TokenStream::new();
    for (at, predicate) in predicates.iter().enumerate() {
        let call = fused.call_by_ref(id, predicate);
        let part = fused.port(
            Port {
                node: id,
                output: Output::Part(at),
            },
            here,
        );
        code.extend(quote!(if #call { #part } else));
    }
    let rest = fused.port(
        Port {
            node: id,
            output: Output::Part(predicates.len()),
        },
        here,
    );
    quote!(#code { #rest })
}
