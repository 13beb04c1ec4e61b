//! `fold`: folds the records of a key into a value.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::expand::captures::Place;
use crate::expand::emit::{Aggregate, Emit};
use crate::expand::exchange;
use crate::expand::fused::Fused;
use crate::expand::keyed::{Finish, Operator};
use crate::expand::names::{self, of_node, own};
use crate::expand::values;
use crate::graph::NodeId;
use crate::spec::{ArgSpec, Count, Holds, OpSpec, Params, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "fold",
    common: true,
    args: &[
        ArgSpec {
            name: "init",
            ty: Ty::Init,
            count: Count::One,
        },
        ArgSpec {
            name: "f",
            ty: Ty::Step(&Params::SO_FAR),
            count: Count::One,
        },
    ],
    holds: Holds::Takes,
    one_by_one: true,
    ..OpSpec::AGGREGATE
};

pub(crate) static EMIT: Emit = Emit {
    aggregate: Aggregate {
        update: exchange::append,
        combine: Some("Append"),
        finish,
    },
    ..Emit::AGGREGATE
};

/// The function runs on the far side, over one record at a time.
fn finish(fused: &mut Fused<'_>, id: NodeId) -> Finish {
    let (node, exchange) = (fused.node(id), of_node('x', id));
    let (init, function) = (values::of(&node.args[0]), values::of(&node.args[1]));
    let (state, record, private) = (own("state"), own("record"), names::user(names::PRIVATE, &node.name));
    let call = names::call(names::OP, &node.name, &quote!(#state, #record, #function));
    let (start, with) = (of_node('f', id), names::user("__with", &node.name));
    let captures = &fused.cx.captures;
    let begin = captures.taken(Place::Start(id), quote!(move || #init));
    let step = captures.taken(Place::Step(id, "f"), quote!(move |#state, #record| #call));
    let of = quote_spanned!(node.name.span()=> #private::folded(&#with));
    let passed = Fused::passed(&of, &quote!(#with), "__kept", &node.name);
    Finish {
        // A lint of closures must not speak of one that the user has not written.
        before: quote!(#[allow(clippy::redundant_closure)] let #start = #begin;),
        operator: Operator::Over(quote_spanned! {node.name.span()=> {
            let #with = #private::fold_with(&#exchange, #start, #step);
            #passed
        }}),
        pattern: quote!(#state),
        prepare: TokenStream::new(),
        value: quote!(#state),
    }
}
