//! `errors`: the input that a decode could not read.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::fused::{Fused, Here, quote_record};
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{Gives, Kind, OpKind, OpSpec, Takes, TimeEffect};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "errors",
    op: OpKind::Errors,
    kind: Kind::Side,
    summary: "The input that a decode could not read.",
    takes: Takes::Decoded,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    event_time: TimeEffect::Drops,
    ..OpSpec::BASE
};

/// What reads the side output reads `record`: the call is there for the reader of the pipeline's source.
pub(crate) fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let (op, record) = (fused.cx.op(&fused.node(id).name), quote_record());
    let rest = fused.main(id, here);
    quote!(#op(&#record); #rest)
}
