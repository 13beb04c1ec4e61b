//! What all decodes share: the loop over payloads, and what becomes of input that cannot be read.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Lifetime;

use super::{OpKind, csv};
use crate::expand::fused::{Binding, Fused, Here, operator, quote_record};
use crate::expand::names::{self, own};
use crate::expand::source::{chunk_call, row_note};
use crate::graph::{ArgValue, NodeId, Output, Port};

/// The names that the head of a decode's loop binds.
pub(super) struct Bound {
    pub(super) label: Option<Lifetime>,
    pub(super) meta: TokenStream,
    pub(super) payload: TokenStream,
}

/// The loop over what a source gives, decoded.
pub(crate) fn emit(fused: &mut Fused<'_>, source: NodeId, id: NodeId) -> TokenStream {
    let (enter, count) = (Fused::enter(id), fused.count(id));
    let here = Here {
        owned: true,
        at: None,
        row: true,
    };
    let body = fused.main(id, here);
    let (label, unreadable) = unreadable(fused, source, id);
    let note = row_note(fused, source);
    let record = quote_record();
    let arms = quote! {
        ::core::result::Result::Ok(#record) => { #count #body }
        #unreadable
    };
    let bound = Bound {
        label,
        meta: fused.take_binding(Binding::Meta, "meta"),
        payload: fused.take_binding(Binding::Payload, "payload"),
    };
    let (head, end) = (quote!(#note #enter), fused.fate("end"));
    if fused.node(id).spec.op == OpKind::Csv {
        csv::emit_loop(fused, id, &bound, &head, &arms, &end)
    } else {
        over_payloads(fused, id, &bound, &head, &arms, &end)
    }
}

fn over_payloads(
    fused: &Fused<'_>,
    id: NodeId,
    bound: &Bound,
    head: &TokenStream,
    arms: &TokenStream,
    end: &TokenStream,
) -> TokenStream {
    let node = fused.node(id);
    let payloads = chunk_call("Payloads", "payloads", &node.name);
    let (row, payload) = (own("row"), own("payload"));
    let call = names::call_with(names::OP, &node.name, node.turbofish.as_ref(), &quote!(#payload));
    let (meta, label) = (&bound.meta, bound.label.as_ref().map(|label| quote!(#label:)));
    quote! {
        #label for (#row, (#meta, #payload)) in #payloads.enumerate() {
            #head
            match #call { #arms }
            #end
        }
    }
}

/// What becomes of a payload that cannot be decoded; the label of the loop where that ends it.
fn unreadable(fused: &mut Fused<'_>, source: NodeId, id: NodeId) -> (Option<Lifetime>, TokenStream) {
    let port = Port {
        node: id,
        output: Output::Errors,
    };
    let (task, error, number) = (own("task"), own("error"), operator(id));
    let has_readers = !fused.cx.plan.consumers.of_port(port).is_empty();
    let fails = match fused
        .node(id)
        .option("on_error")
        .and_then(|option| option.values.first())
    {
        Some(ArgValue::Word(word)) => word == "fail",
        Some(_) => false,
        // Whoever reads `.errors()` handles them.
        None => !has_readers,
    };
    let mut code = quote!(#task.error(#number););
    if !fails && !has_readers {
        let skipped = fused.fate("skipped");
        return (None, quote!(::core::result::Result::Err(_) => { #code #skipped }));
    }
    let (module, meta, payload) = (own(names::OP), own("meta"), own("payload"));
    fused.uses(Binding::Payload);
    if has_readers {
        fused.uses(Binding::Meta);
        let (record, name) = (quote_record(), fused.node(source).id.clone());
        let here = Here {
            owned: true,
            at: None,
            row: true,
        };
        let readers = fused.port(port, here);
        code.extend(fused.fate("dead_lettered"));
        code.extend(quote!({ let #record = #module::dead_letter(#name, &#meta, &#error, #payload); #readers }));
    }
    let label = fails.then(|| Lifetime::new(&format!("'d{}", id.0), Span::mixed_site()));
    if let Some(label) = &label {
        code.extend(quote!(#task.fail(#number, #module::decode_failure(&#error, #payload)); break #label;));
    }
    (label, quote!(::core::result::Result::Err(#error) => { #code }))
}
