//! `branch`: parts a stream by the first predicate that holds; the last part is the rest.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::emit::Emit;
use crate::expand::fused::{Fused, Here};
use crate::graph::{NodeId, Output, Port};
use crate::spec::{ArgSpec, Count, Gives, OpSpec, Tries, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "branch",
    args: &[ArgSpec {
        name: "predicates",
        ty: Ty::RecordFn,
        count: Count::AtLeast(1),
    }],
    gives: Gives::PartsPlusOne,
    tries: Tries::Never,
    ..OpSpec::PARTS
};

pub(crate) static EMIT: Emit = Emit {
    record: emit,
    ..Emit::BASE
};

/// `if $crate::op::branch(&record, f) { … } else if … else { … }`
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
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
