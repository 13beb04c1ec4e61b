//! `map`: makes one record out of each.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::emit::Emit;
use crate::expand::fused::{Fused, Here, quote_record};
use crate::graph::NodeId;
use crate::spec::{ArgSpec, OpSpec, Tries};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "map",
    common: true,
    args: &[ArgSpec::RECORD_FN],
    tries: Tries::UnlessPlain,
    ..OpSpec::MAP
};

pub(crate) static EMIT: Emit = Emit {
    record: emit,
    ..Emit::BASE
};

/// `let record = $crate::op::map(record, f);`
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let node = fused.node(id);
    let (enter, taken) = (Fused::enter(id), Fused::take(here, &node.name));
    let call = fused.call(id, &taken, &node.args[0]);
    let record = quote_record();
    let rest = fused.main(id, Here { owned: true, ..here });
    quote!(#enter let #record = #call; #rest)
}
