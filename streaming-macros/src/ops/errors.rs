//! `errors`: the input that a decode could not read.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::fused::{Fused, Here, look_at_record};
use crate::expand::names;
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{Gives, Kind, OpKind, OpSpec, Takes, TimeEffect};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "errors",
    op: OpKind::Errors,
    kind: Kind::Side,
    takes: Takes::Decoded,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    event_time: TimeEffect::Drops,
    ..OpSpec::BASE
};

/// What reads the side output reads `record`: the call is there for the reader of the pipeline's source.
pub(crate) fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let name = &fused.node(id).name;
    let call = names::call(names::OP, name, &look_at_record(name));
    let rest = fused.main(id, here);
    quote!(#call; #rest)
}
