//! What all decodes share: the loop over payloads, and what becomes of input that cannot be read.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Lifetime;

use super::{Kind, OpKind, OptSpec, Ty, csv};
use crate::expand::cx::Cx;
use crate::expand::fused::{Binding, Fused, Here, operator, quote_record};
use crate::expand::names::{self, own};
use crate::expand::source::{chunk_call, row_note};
use crate::expand::values;
use crate::graph::{ArgValue, Graph, NodeId, Output, Port};

/// `max_record = 1MiB`: the source does not hold a longer one in memory.
pub(super) const MAX_RECORD: OptSpec = OptSpec {
    name: "max_record",
    values: &[Ty::Size],
    ..OptSpec::BASE
};

/// How a source cuts its bytes for the decodes that read it. The rules see to it that these agree.
pub(crate) fn framing(cx: &Cx<'_>, source: NodeId) -> Option<TokenStream> {
    // A message is a record as it comes.
    if cx.node(source).spec.op == OpKind::KafkaSource {
        return None;
    }
    let decodes = decodes_of(cx.graph, source);
    let of = |op: OpKind| decodes.iter().copied().find(|id| cx.node(*id).spec.op == op);
    let module = own(names::SOURCE);
    let max_record = decodes.iter().find_map(|id| cx.node(*id).option("max_record"));
    let framing = match (of(OpKind::Csv), of(OpKind::Lines), of(OpKind::Json)) {
        (Some(csv), ..) => csv::framing(csv),
        // A blank line is a line, and no JSON: the loop of `json` passes over it.
        (None, Some(_), _) if max_record.is_none() => return None,
        (None, Some(_), _) => quote!(#module::Framing::lines()),
        (None, None, Some(_)) => quote!(#module::Framing::json()),
        (None, None, None) => return None,
    };
    let max_record = max_record.map(values::method);
    Some(quote!(#framing #max_record))
}

/// The decodes that read a source.
pub(crate) fn decodes_of(graph: &Graph, source: NodeId) -> Vec<NodeId> {
    let nodes = graph.nodes.iter().enumerate();
    nodes
        .filter(|(_, node)| {
            node.spec.kind == Kind::Decode && node.inputs.first().is_some_and(|input| input.node == source)
        })
        .map(|(at, _)| NodeId(at))
        .collect()
}

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
    if fused.node(id).spec.op != OpKind::Csv {
        // It says whether the source could hand out the record.
        fused.uses(Binding::Meta);
    }
    let bound = Bound {
        label,
        meta: fused.take_binding(Binding::Meta, "meta"),
        payload: fused.take_binding(Binding::Payload, "payload"),
    };
    let blank = passes_over_blanks(fused, source, id).then(|| {
        let payload = own("payload");
        quote!(if #payload.trim_ascii().is_empty() { continue; })
    });
    let (head, end) = (quote!(#note #enter #blank), fused.fate("end"));
    if fused.node(id).spec.op == OpKind::Csv {
        csv::emit_loop(fused, id, &bound, &head, &arms, &end)
    } else {
        over_payloads(fused, id, &bound, &head, &arms, &end)
    }
}

/// The source hands out blank lines because `lines` reads it too.
fn passes_over_blanks(fused: &Fused<'_>, source: NodeId, id: NodeId) -> bool {
    let decodes = decodes_of(fused.cx.graph, source);
    fused.node(source).spec.op != OpKind::KafkaSource
        && fused.node(id).spec.op == OpKind::Json
        && decodes
            .iter()
            .any(|decode| fused.node(*decode).spec.op == OpKind::Lines)
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
    let (row, payload, private) = (own("row"), own("payload"), own(names::PRIVATE));
    let call = names::call_with(names::OP, &node.name, node.turbofish.as_ref(), &quote!(#payload));
    let module = own(names::OP);
    let (meta, label) = (&bound.meta, bound.label.as_ref().map(|label| quote!(#label:)));
    quote! {
        #label for (#row, (#meta, #payload)) in #private::numbered(#payloads) {
            #head
            match #module::sound(&#meta).and_then(|()| #call) { #arms }
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
