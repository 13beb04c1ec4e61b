//! `count`: counts the records of a key.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::exchange;
use crate::expand::fused::Fused;
use crate::expand::keyed::Finish;
use crate::expand::names::{self, own};
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{Gives, Kind, OpKind, OpSpec, Takes};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "count",
    op: OpKind::Count,
    kind: Kind::Reduce,
    takes: Takes::Scoped,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    ..OpSpec::BASE
};

/// One more.
pub(crate) fn emit(fused: &Fused<'_>, id: NodeId, place: &TokenStream) -> TokenStream {
    let slot = exchange::slot(fused, id, "slot", place);
    let call = names::call(names::AGG, &fused.node(id).name, &slot);
    quote!(#call;)
}

/// `(key, n)`
pub(crate) fn finish(fused: &Fused<'_>, id: NodeId) -> Finish {
    let state = own("state");
    Finish::accumulators(&fused.node(id).name, quote!(#state), quote!(#state.finish()))
}
