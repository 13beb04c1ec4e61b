//! `on_event`: a function of the user's over the state of each key, and `on_timer` for what it sets.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::expand::captures::Place;
use crate::expand::emit::{Aggregate, Emit};
use crate::expand::exchange;
use crate::expand::fused::Fused;
use crate::expand::keyed::{self, Finish, Operator};
use crate::expand::names::{self, of_node, own};
use crate::expand::values;
use crate::graph::NodeId;
use crate::plan;
use crate::spec::{ArgSpec, Count, Holds, Need, Offer, OpSpec, OptSpec, Params, Takes, Tries, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "on_event",
    args: &[ArgSpec {
        name: "f",
        ty: Ty::Step(&Params {
            count: 3,
            takes: "three: the state of the key, the record, and `cx`",
            example: "|state, event, cx| …",
            offers: CX,
        }),
        count: Count::One,
    }],
    options: &[OptSpec {
        name: "on_timer",
        values: &[Ty::Step(&Params {
            count: 2,
            takes: "two: the state of the key, and `cx`",
            example: "|state, cx| …",
            offers: CX,
        })],
        ..OptSpec::BASE
    }],
    takes: Takes::ByHand,
    holds: Holds::Takes,
    tries: Tries::Never,
    emits: true,
    result: None,
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

/// What `cx` offers.
const CX: &[Offer] = &[
    Offer {
        methods: &[
            "event_time",
            "watermark",
            "is_late",
            "timer",
            "set_timer",
            "cancel_timer",
        ],
        needs: Need::EventTime,
    },
    Offer {
        methods: &[
            "timer",
            "set_timer",
            "cancel_timer",
            "batch_timer",
            "set_batch_timer",
            "cancel_batch_timer",
        ],
        needs: Need::Option("on_timer"),
    },
];

/// `handler(&x6, op::state::<S>(…), Timed, move |state, event, cx| …).on_timer(move |state, cx| …)`
fn finish(fused: &mut Fused<'_>, id: NodeId) -> Finish {
    let (node, exchange, captures) = (fused.node(id), of_node('x', id), &fused.cx.captures);
    let (private, function) = (names::user(names::PRIVATE, &node.name), values::of(&node.args[0]));
    let (state, event, cx) = (own("state"), own("event"), own("cx"));
    let clock = own(if plan::gives_times(fused.cx.graph, id) {
        "Timed"
    } else {
        "Untimed"
    });
    let timer = node.option("on_timer");
    let mut clock = quote!(#private::#clock);
    if timer.is_none() {
        clock = quote!(#private::Silent::of(#clock));
    }
    let call = names::call(names::OP, &node.name, &quote!(#state, #event, #cx, #function));
    let step = captures.taken(Place::Step(id, "f"), quote!(move |#state, #event, #cx| #call));
    let scope = keyed::scope(fused.cx, id);
    let handler = quote_spanned!(node.name.span()=> #private::handler(&#exchange, #scope, #clock, #step));
    let timer = timer.map(|timer| {
        let (name, function) = (&timer.name, values::of(&timer.values[0]));
        let call = names::call(names::OP, name, &quote!(#state, #cx, #function));
        let step = captures.taken(Place::Step(id, "on_timer"), quote!(move |#state, #cx| #call));
        quote_spanned!(name.span()=> .#name(#step))
    });
    Finish {
        before: TokenStream::new(),
        operator: Operator::Whole("handled", quote!(#handler #timer)),
        pattern: quote!(#state),
        prepare: TokenStream::new(),
        value: quote!(#state),
    }
}
