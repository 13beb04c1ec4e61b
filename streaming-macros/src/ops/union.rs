//! `union`: puts several streams together into one.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;

use crate::expand::fused::{Binding, Fused, Here, quote_record};
use crate::expand::names::{self, of_node, own};
use crate::graph::StreamKind;
use crate::graph::{NodeId, Output, Port};
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};
use crate::plan;

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "union",
    op: OpKind::Union,
    kind: Kind::Union,
    args: &[ArgSpec {
        name: "streams",
        ty: Ty::Stream,
        count: Count::AtLeast(2),
    }],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    ..OpSpec::BASE
};

/// One of its inputs: the record waits until the loop over the chunk is done, or for the other stages.
pub(crate) fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let name = &fused.node(id).name;
    if fused.cx.plan.is_stage(id) {
        let (prepare, owned) = Fused::own_record(here, name);
        let (rows, at) = (of_node('r', id), fused.at(here));
        let owned = alike(fused, id, &quote!(&*#rows), owned);
        return quote_spanned!(name.span()=> #prepare #rows.push(#at, #owned););
    }
    // A name at the user's token: rustc shows a record of the wrong type where the name stands.
    let (buffer, taken, record) = (of_node('u', id), Fused::take(here, name), names::user("__record", name));
    let taken = alike(fused, id, &quote!(&#buffer), taken);
    let row = own("row");
    let row = here.row.then(|| quote!(#row,));
    let at = is_timed(fused, id).then(|| fused.at(here)).map(|at| quote!(#at,));
    quote_spanned!(name.span()=> { let #record = #taken; ::std::vec::Vec::push(&mut #buffer, ((#row #at), #record)); })
}

/// The record of an input behind the first one, which has to be of the type of that one. Where it is not, the message tells both
/// streams by name: they are types here.
fn alike(fused: &Fused<'_>, id: NodeId, waiting: &TokenStream, record: TokenStream) -> TokenStream {
    let (this, first) = fused.inputs_of(id);
    let streams = &fused.node(id).streams;
    let (Some(stream), Some(before)) = (streams.get(this), streams.get(first)) else {
        return record;
    };
    if this == first {
        return record;
    }
    let mut names = [&before.head, &stream.head].map(|name| own(&name.to_string()));
    if names[0] == names[1] {
        names = [before, stream].map(|stream| own(&format!("{}_{}", stream.head.unraw(), stream.last.unraw())));
    }
    let user = &stream.last;
    let (waiting, value) = (
        names::shown(waiting.clone(), user.span()),
        names::user("__record", user),
    );
    let types = quote_spanned!(user.span()=> ::<#(#names,)* _, _>);
    let alike = names::call_with(
        names::OP,
        &names::user("alike", user),
        Some(&types),
        &quote!(#waiting, #value),
    );
    let known = if names[0] == names[1] { &names[..1] } else { &names };
    quote!({ #(#[allow(non_camel_case_types)] struct #known;)* let #value = #record; #alike })
}

/// The loop over what waited: everything behind the union.
pub(crate) fn emit_tail(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let (buffer, record) = (of_node('u', id), quote_record());
    let timed = is_timed(fused, id);
    let behind = Here {
        owned: true,
        at: timed.then_some(id),
        ..here
    };
    let (count, rest) = (fused.count(id), fused.main(id, behind));
    let at = timed.then(|| fused.bind(Binding::At(id), "at")).map(|at| quote!(#at,));
    let (row, note) = if here.row {
        let (row, task) = (own("row"), own("task"));
        let begin = fused.fate_of("begin", &quote!(#row));
        (quote!(#row,), quote!(#task.row(#row as u64); #begin))
    } else {
        (TokenStream::new(), TokenStream::new())
    };
    quote!(for ((#row #at), #record) in #buffer { #note #count #rest })
}

fn is_timed(fused: &Fused<'_>, id: NodeId) -> bool {
    plan::is_timed(
        fused.cx.graph,
        Port {
            node: id,
            output: Output::Main,
        },
    )
}
