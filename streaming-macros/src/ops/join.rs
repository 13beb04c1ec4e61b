//! `join`: pairs of records of two streams that have the same key and happened within a range of time.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use crate::expand::cx::Cx;
use crate::expand::emit::Emit;
use crate::expand::exchange;
use crate::expand::fused::{Fused, Here, look_at_record};
use crate::expand::keyed::Results;
use crate::expand::names::{self, of_node, own};
use crate::expand::values;
use crate::graph::{ArgValue, NodeId, Port, Shift};
use crate::plan;
use crate::spec::{ArgSpec, Bounds, Count, OpSpec, OptSpec, Tries, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "join",
    common: true,
    args: &[ArgSpec {
        name: "stream",
        ty: Ty::Stream,
        count: Count::One,
    }],
    options: &[
        OptSpec {
            name: "on",
            values: &[Ty::InputFn(0), Ty::InputFn(1)],
            required: true,
            ..OptSpec::BASE
        },
        OptSpec {
            name: "within",
            values: &[Ty::Range],
            ..OptSpec::BASE
        },
    ],
    tries: Tries::Never,
    needs_event_time: true,
    state: Some(Bounds::Option("within")),
    ..OpSpec::JOIN
};

pub(crate) static EMIT: Emit = Emit {
    shared,
    record: emit,
    results,
    ..Emit::BASE
};

/// What the runtime calls the sides.
const SIDES: [&str; 2] = ["left", "right"];

/// `let w5 = op::within(first, last); let x5 = Exchange::joined(w5, &[&c1], &[&c3]);`
fn shared(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let (node, within, exchange) = (cx.node(id), of_node('w', id), of_node('x', id));
    let private = own(names::PRIVATE);
    let Some(option) = node.option("within") else {
        return TokenStream::new();
    };
    let ends = option.values.iter().filter_map(|value| match value {
        ArgValue::Range(first, last) => Some([first, last].map(|shift| end(shift, &option.name))),
        _ => None,
    });
    let ends = ends.flatten();
    let range = names::call(names::OP, &option.name, &quote!(#(#ends),*));
    let sides = node.inputs.iter().map(|input| clocks(cx, *input));
    quote! {
        let #within = #range;
        let #exchange = #private::Exchange::joined(#within, #(#sides),*);
    }
}

/// `Shift::earlier(duration)`
fn end(Shift { earlier, amount }: &Shift, user: &Ident) -> TokenStream {
    let shift = names::path(names::PRIVATE, "Shift", user);
    let direction = names::user(if *earlier { "earlier" } else { "later" }, user);
    let amount = values::duration(amount);
    quote_spanned!(user.span()=> #shift::#direction(#amount))
}

/// The clocks above a side.
fn clocks(cx: &Cx<'_>, side: Port) -> TokenStream {
    let clocks = plan::clocks(cx.graph, side);
    let clocks = clocks.into_iter().map(|clock| of_node('c', clock));
    quote!(&[#(&#clocks),*])
}

/// Keeps the record of a side, with its time, for the far side of the exchange.
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let node = fused.node(id);
    let (name, side) = (&node.name, own(SIDES[here.input]));
    let Some((on, function)) = node
        .option("on")
        .and_then(|on| Some((&on.name, on.values.get(here.input)?)))
    else {
        return TokenStream::new();
    };
    let function = values::of(function);
    let (enter, at, private) = (Fused::enter(id), fused.at(here), names::user(names::PRIVATE, on));
    let record = look_at_record(on);
    let key = names::call(names::OP, on, &quote!(#record, #function));
    let (exchange, slice, slot) = (of_node('x', id), own("slice"), own("slot"));
    let (prepare, record) = Fused::resting_record(here, name);
    let find = quote_spanned!(on.span()=> #private::SameKey::find(#exchange, #slice, #private::Key::given(#key)));
    let rt = own(names::PRIVATE);
    let code = quote!(#enter let #slot = #find; #prepare #slot.#side(#at, #record););
    exchange::in_time(fused, id, &quote!(#rt::Sided::#side(#at)), &code, here)
}

/// A pair is the record.
fn results(fused: &mut Fused<'_>, id: NodeId) -> Results {
    let (pair, window) = (own("pair"), own("window"));
    let user = &fused.node(id).name;
    Results {
        before: TokenStream::new(),
        constructor: "joined",
        operator: TokenStream::new(),
        pattern: quote!(#pair),
        prepare: TokenStream::new(),
        value: names::call(names::OP, user, &quote!(#pair)),
        at: Some(quote!(#window)),
    }
}
