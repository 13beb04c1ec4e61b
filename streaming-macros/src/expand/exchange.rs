//! The near side of an exchange: what a keyed operator does with a record in the loop above it.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::cx::Cx;
use super::fused::{Fused, Here, operator};
use super::names::{self, of_node, own};
use crate::graph::{NodeId, Output, Port};
use crate::plan;

/// Where the loop finds what is combined for the record's key.
pub(crate) struct Slot {
    /// The user's token of the `key_by`: what cannot be a key is a mistake there.
    user: Ident,
    /// The slice, and the key.
    place: TokenStream,
}

impl Slot {
    /// `x7.slot(slice, key)`
    pub(crate) fn find(&self, aggregate: NodeId, method: &str) -> TokenStream {
        let (place, exchange) = (&self.place, of_node('x', aggregate));
        let method = names::user(method, &self.user);
        quote_spanned!(self.user.span()=> #exchange.#method(#place))
    }
}

/// `let x7 = Exchange::plain(); x7.combine_with(Merge);`. A `reduce` combines with the user's function, which comes later,
/// when the type of the record is known.
pub(super) fn shared(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let (name, private) = (of_node('x', id), own(names::PRIVATE));
    let combine = cx.code(id).aggregate.combine.map(|combine| {
        let combine = own(combine);
        quote!(#private::Exchange::combine_with(&#name, #private::#combine);)
    });
    let clocks = plan::clocks_before(cx.graph, id)
        .into_iter()
        .map(|clock| of_node('c', clock));
    let scope = plan::scope_of(cx.graph, id);
    let exchange = match scope.filter(|_| plan::gives_times(cx.graph, id)) {
        None => quote!(plain()),
        Some(scope) if plan::is_windowed(cx.graph, id) => {
            let window = of_node('w', scope);
            quote!(windowed(#window, &[#(&#clocks),*]))
        }
        Some(_) => quote!(timed(&[#(&#clocks),*])),
    };
    quote!(let #name = #private::Exchange::#exchange; #combine)
}

/// Keeps the record, with its order, for the far side.
pub(crate) fn append(fused: &mut Fused<'_>, id: NodeId, slot: &Slot, here: Here) -> TokenStream {
    let (order, place) = (fused.order(here), slot.find(id, "slot"));
    let (prepare, record) = Fused::own_record(here, &fused.node(id).name);
    let slot = own("slot");
    quote!(let #slot = #place; #prepare #slot.push((#order, #record));)
}

/// Finds the slice and the slot of the key, and updates it; late records go where `.late()` is read.
pub(crate) fn emit(
    fused: &mut Fused<'_>,
    aggregate: NodeId,
    (key_by, key): (NodeId, &TokenStream),
    here: Here,
) -> TokenStream {
    let update = fused.cx.code(aggregate).aggregate.update;
    let slice = own("slice");
    let windowed = plan::is_windowed(fused.cx.graph, aggregate);
    let slot = Slot {
        user: fused.node(key_by).name.clone(),
        place: if windowed {
            quote!(#slice, #key)
        } else {
            quote!(0, #key)
        },
    };
    if !windowed {
        let (used, code) = (fused.fate("used"), update(fused, aggregate, &slot, here));
        return quote!(#used #code);
    }
    let at = fused.at(here);
    let code = update(fused, aggregate, &slot, here);
    in_time(fused, aggregate, &at, &code, here)
}

/// Runs `code` for a record that is in time, with its slice; late ones go where `.late()` is read.
pub(crate) fn in_time(
    fused: &mut Fused<'_>,
    keyed: NodeId,
    at: &TokenStream,
    code: &TokenStream,
    here: Here,
) -> TokenStream {
    let (exchange, task, slice) = (of_node('x', keyed), own("task"), own("slice"));
    let operator = operator(keyed);
    let late = fused.port(
        Port {
            node: keyed,
            output: Output::Late,
        },
        here,
    );
    let (used, is_late) = (fused.fate("used"), fused.fate("late"));
    let count = own(if fused.is_over_source() { "late" } else { "late_result" });
    quote! {
        if let ::core::option::Option::Some(#slice) = #exchange.slice(#at) {
            #used #code
        } else {
            #task.#count(#operator); #is_late #late
        }
    }
}
