//! `late`: the records that came too late for a windowed aggregate.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::emit::Emit;
use crate::expand::fused::{Fused, Here, look_at_record};
use crate::expand::names;
use crate::graph::NodeId;
use crate::spec::{OpSpec, Takes};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "late",
    common: true,
    takes: Takes::Windowed,
    ..OpSpec::SIDE
};

pub(crate) static EMIT: Emit = Emit {
    record: emit,
    ..Emit::BASE
};

/// What reads the side output reads `record`: the call is there for the reader of the pipeline's source.
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let name = &fused.node(id).name;
    let call = names::call(names::OP, name, &look_at_record(name));
    let rest = fused.main(id, here);
    quote!(#call; #rest)
}
