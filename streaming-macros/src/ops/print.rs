//! `print`: prints each record.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use crate::expand::fused::{Fused, look_at_record};
use crate::expand::names;
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{Gives, Kind, OpKind, OpSpec, Takes};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "print",
    op: OpKind::Print,
    kind: Kind::End,
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::End),
    inexact: Some("what is printed again after a crash is there twice"),
    ..OpSpec::BASE
};

/// Prints by `Display`, or by `Debug` where there is none.
pub(crate) fn emit(fused: &Fused<'_>, id: NodeId) -> TokenStream {
    let name = &fused.node(id).name;
    let (private, record) = (names::user(names::PRIVATE, name), look_at_record(name));
    let text = quote_spanned!(name.span()=> (&#private::Ask::about(#record)).__printed().text(#record));
    names::put(id, name, &text)
}
