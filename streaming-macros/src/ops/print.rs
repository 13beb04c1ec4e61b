//! `print`: prints each record.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use crate::expand::emit::Emit;
use crate::expand::fused::{Fused, Here, look_at_record};
use crate::expand::names;
use crate::graph::NodeId;
use crate::spec::OpSpec;

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "print",
    inexact: Some("what is printed again after a crash is there twice"),
    ..OpSpec::END
};

pub(crate) static EMIT: Emit = Emit {
    record: emit,
    ..Emit::SINK
};

/// Prints by `Display`, or by `Debug` where there is none.
fn emit(fused: &mut Fused<'_>, id: NodeId, _: Here) -> TokenStream {
    let name = &fused.node(id).name;
    let (private, record) = (names::user(names::PRIVATE, name), look_at_record(name));
    let text = quote_spanned!(name.span()=> (&#private::Ask::about(#record)).__printed().text(#record));
    names::put(id, name, &text)
}
