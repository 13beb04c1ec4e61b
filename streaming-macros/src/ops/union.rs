//! `union`: puts several streams together into one.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;

use crate::expand::cx::Cx;
use crate::expand::emit::Emit;
use crate::expand::fused::{Binding, Fused, Here, quote_record};
use crate::expand::gather::{self, Within};
use crate::expand::names::{self, of_node, own};
use crate::graph::{NodeId, Output, Port};
use crate::plan;
use crate::spec::{ArgSpec, Count, OpSpec, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "union",
    args: &[ArgSpec {
        name: "streams",
        ty: Ty::Stream,
        count: Count::AtLeast(2),
    }],
    ..OpSpec::UNION
};

pub(crate) static EMIT: Emit = Emit {
    shared: rows,
    record: emit,
    tail: emit_tail,
    ..Emit::BASE
};

/// One of its inputs: the record waits for the end of the turn, of the loops, or for the other stages.
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let name = &fused.node(id).name;
    if fused.cx.plan.is_stage(id) {
        let (prepare, owned) = Fused::own_record(here, name);
        let (rows, at) = (of_node('r', id), fused.at(here));
        let owned = alike(fused, id, here, &quote!(&*#rows), owned);
        return quote_spanned!(name.span()=> #prepare #rows.push(#at, #owned););
    }
    // A name at the user's token: rustc shows a record of the wrong type where the name stands.
    let (buffer, taken, record) = (of_node('u', id), Fused::take(here, name), names::user("__record", name));
    let taken = alike(fused, id, here, &quote!(&#buffer), taken);
    let row = own("row");
    let row = (here.row && !fused.cx.plan.gathers_within(id)).then(|| quote!(#row,));
    let at = is_timed(fused, id).then(|| fused.at(here)).map(|at| quote!(#at,));
    let waits = quote!(((#row #at), #record));
    let put = if in_places(fused, id) {
        let place = Literal::usize_unsuffixed(here.input);
        quote_spanned!(name.span()=> ::core::option::Option::replace(&mut #buffer[#place], #waits);)
    } else {
        quote_spanned!(name.span()=> ::std::vec::Vec::push(&mut #buffer, #waits);)
    };
    quote_spanned!(name.span()=> { let #record = #taken; #put })
}

/// The record of an input behind the first one, which has to be of the type of that one. Where it is not, the message tells both
/// streams by name: they are types here.
fn alike(fused: &Fused<'_>, id: NodeId, here: Here, waiting: &TokenStream, record: TokenStream) -> TokenStream {
    let (this, first) = (here.input, fused.first_input(id, here));
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

/// The loop over what waits: everything behind the union, once.
fn emit_tail(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let (buffer, record) = (of_node('u', id), quote_record());
    let timed = is_timed(fused, id);
    let behind = Here {
        owned: true,
        at: timed.then_some(id),
        ..here
    };
    let (count, rest) = (fused.count(id), fused.main(id, behind));
    let at = timed.then(|| fused.bind(Binding::At(id), "at")).map(|at| quote!(#at,));
    if in_places(fused, id) {
        let private = own(names::PRIVATE);
        return quote!(for ((#at), #record) in #private::given_in(#buffer) { #count #rest });
    }
    if fused.cx.plan.gathers_within(id) {
        return quote!(for ((#at), #record) in #buffer.drain(..) { #count #rest });
    }
    let (row, note) = if here.row {
        let (row, task) = (own("row"), own("task"));
        let begin = fused.fate_of("begin", &quote!(#row));
        (quote!(#row,), quote!(#task.row(#row as u64); #begin))
    } else {
        (TokenStream::new(), TokenStream::new())
    };
    let Within { before, begin, end } = gather::within(fused, id, behind);
    quote!(#before for ((#row #at), #record) in #buffer { #note #begin #count #rest #end })
}

/// Each input has one record at most for a turn of the loop.
fn in_places(fused: &Fused<'_>, id: NodeId) -> bool {
    let plan = fused.cx.plan;
    plan.gathers_within(id) && !plan.gives_many(fused.cx.graph, id)
}

/// `let r4 = Rows::new();`, where the union is a stage of its own.
fn rows(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    if !cx.plan.is_stage(id) {
        return TokenStream::new();
    }
    let (name, rows) = (of_node('r', id), names::path(names::PRIVATE, "Rows", &cx.node(id).name));
    quote!(let #name = #rows::new();)
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
