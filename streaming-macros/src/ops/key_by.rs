//! `key_by`: gives each record a key.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::expand::emit::Emit;
use crate::expand::exchange;
use crate::expand::fused::{Fused, Here};
use crate::expand::names::{self, own};
use crate::graph::{NodeId, Output, Port};
use crate::spec::{ArgSpec, OpSpec};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "key_by",
    args: &[ArgSpec::RECORD_FN],
    ..OpSpec::KEY
};

pub(crate) static EMIT: Emit = Emit {
    record: emit,
    ..Emit::BASE
};

/// The key, and what every aggregate behind it does with the record.
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let (enter, key) = (Fused::enter(id), own("key"));
    let name = &fused.node(id).name;
    let (call, private) = (
        fused.call_by_ref(id, &fused.node(id).args[0]),
        names::user(names::PRIVATE, name),
    );
    let call = quote_spanned!(name.span()=> #private::Key::given(#call));
    let consumers = &fused.cx.plan.consumers;
    let main = |node| {
        consumers
            .of_port(Port {
                node,
                output: Output::Main,
            })
            .iter()
            .map(|reader| reader.node)
    };
    let mut aggregates: Vec<NodeId> = main(id).flat_map(main).collect();
    aggregates.sort_by_key(|aggregate| consumers.takes(*aggregate));
    if let [aggregate] = aggregates[..] {
        let update = exchange::emit(fused, aggregate, (id, &call), here);
        return quote!(#enter #update);
    }
    let last = aggregates.len().saturating_sub(1);
    // Hashed once, however many aggregates there are.
    let hashed = quote_spanned!(name.span()=> #private::Hashed::new(#call));
    let mut code = quote!(#enter let #key = #hashed;);
    for (at, aggregate) in aggregates.into_iter().enumerate() {
        let here = Here {
            owned: here.owned && at == last,
            ..here
        };
        let key = if at == last { quote!(#key) } else { quote!(&#key) };
        let update = exchange::emit(fused, aggregate, (id, &key), here);
        code.extend(quote!({ #update }));
    }
    code
}
