//! `late`: the records that came too late for a windowed aggregate.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::fused::{Fused, Here, look_at_record};
use crate::expand::names;
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{Gives, Kind, OpKind, OpSpec, Takes};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "late",
    op: OpKind::Late,
    kind: Kind::Side,
    takes: Takes::Windowed,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    ..OpSpec::BASE
};

/// What reads the side output reads `record`: the call is there for the reader of the pipeline's source.
pub(crate) fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let name = &fused.node(id).name;
    let call = names::call(names::OP, name, &look_at_record(name));
    let rest = fused.main(id, here);
    quote!(#call; #rest)
}
