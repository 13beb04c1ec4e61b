//! `inspect`: looks at each record and lets it pass.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::emit::Emit;
use crate::expand::fused::{Fused, Here};
use crate::graph::NodeId;
use crate::spec::{ArgSpec, OpSpec, Tries};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "inspect",
    common: true,
    args: &[ArgSpec::RECORD_FN],
    tries: Tries::Never,
    ..OpSpec::RECORD
};

pub(crate) static EMIT: Emit = Emit {
    record: emit,
    ..Emit::BASE
};

/// `$crate::op::inspect(&record, f);`
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let enter = Fused::enter(id);
    let call = fused.call_by_ref(id, &fused.node(id).args[0]);
    let rest = fused.main(id, here);
    quote!(#enter #call; #rest)
}
