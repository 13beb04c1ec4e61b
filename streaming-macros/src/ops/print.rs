//! `print`: prints each record.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::fused::{Fused, quote_record};
use crate::expand::names::{of_node, own};
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{Gives, Kind, OpKind, OpSpec, Takes};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "print",
    op: OpKind::Print,
    kind: Kind::End,
    summary: "Prints each record.",
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::End),
    ..OpSpec::BASE
};

/// Prints by `Display`, or by `Debug` where there is none.
pub(crate) fn emit(fused: &Fused<'_>, id: NodeId) -> TokenStream {
    let (private, sink, record, task) = (fused.cx.private(), of_node('k', id), quote_record(), own("task"));
    quote!(#sink.put((&#private::Ask::about(&#record)).printed().text(&#record), #task);)
}
