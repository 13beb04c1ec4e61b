//! What all decodes share: the loop over payloads, and what becomes of input that cannot be read.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Lifetime;

use super::cx::Cx;
use super::fused::{Binding, Fused, Here, operator, quote_record};
use super::gather;
use super::names::{self, own};
use super::source::{chunk_call, passes, row_note};
use super::values;
use crate::graph::{ArgValue, NodeId, Output, Port};
use crate::spec::Cut;

/// How a source cuts its bytes for the decodes that read it, and the statements before it. The rules see to it that decodes agree.
pub(super) fn framed(cx: &Cx<'_>, source: NodeId) -> (TokenStream, Option<TokenStream>) {
    let decodes = cx.graph.decodes_of(source);
    let prepare = decodes
        .iter()
        .map(|id| (cx.code(*id).decode.prepare)(cx, *id))
        .collect();
    let cut = |id: &NodeId| cx.node(*id).spec.cut;
    let max_record = decodes.iter().find_map(|id| cx.node(*id).option("max_record"));
    let first = decodes.iter().copied().min_by_key(cut);
    let by_itself = cx.node(source).spec.cut == Cut::Messages;
    let framing = first.filter(|id| !by_itself && (cut(id) != Cut::Lines || max_record.is_some()));
    let framing = framing.map(|id| {
        let (framing, max_record) = ((cx.code(id).decode.framing)(id), max_record.map(values::method));
        quote!(#framing #max_record)
    });
    (prepare, framing)
}

/// `Framing::json()`
pub(crate) fn framing(name: &str, args: &TokenStream) -> TokenStream {
    let (module, name) = (own(names::SOURCE), own(name));
    quote!(#module::Framing::#name(#args))
}

/// The parts of the loop over what a decode reads.
pub(crate) struct Rows {
    /// The loop's label, where something ends it.
    pub(crate) label: TokenStream,
    /// What the loop binds the meta and the bytes of a record to; `_` where nothing uses them.
    pub(crate) meta: TokenStream,
    pub(crate) payload: TokenStream,
    /// Statements before the decode.
    pub(crate) head: TokenStream,
    /// The arms of the `match` over its result.
    pub(crate) arms: TokenStream,
    /// Statements after it.
    pub(crate) end: TokenStream,
}

/// The loop over what a source gives, decoded.
pub(super) fn emit(fused: &mut Fused<'_>, source: NodeId, id: NodeId) -> TokenStream {
    let (enter, count) = (Fused::enter(id), fused.count(id));
    let here = Here::TURN;
    let body = fused.main(id, here);
    let (label, unreadable) = unreadable(fused, source, id);
    let gather::Within { before, begin, end } = gather::within(fused, id, here);
    let note = row_note(fused, source);
    let record = quote_record();
    let arms = quote! {
        ::core::result::Result::Ok(#record) => { #count #body }
        #unreadable
    };
    let own_loop = fused.cx.code(id).decode.rows;
    if own_loop.is_none() {
        // It says whether the source could hand out the record.
        fused.uses(Binding::Meta);
    }
    let blank = passes_over_blanks(fused, source, id).then(|| {
        let payload = own("payload");
        quote!(if #payload.trim_ascii().is_empty() { continue; })
    });
    let rows = Rows {
        label: label.map(|label| quote!(#label:)).unwrap_or_default(),
        meta: fused.take_binding(Binding::Meta, "meta"),
        payload: fused.take_binding(Binding::Payload, "payload"),
        head: quote!(#note #enter #blank #begin),
        arms,
        end: {
            let fate = fused.fate("end");
            quote!(#end #fate)
        },
    };
    let code = match own_loop {
        Some(own_loop) => own_loop(fused, id, &rows),
        None => over_payloads(fused, id, &rows),
    };
    quote!(#before #code)
}

/// The source hands out blank lines because another decode reads it too.
fn passes_over_blanks(fused: &Fused<'_>, source: NodeId, id: NodeId) -> bool {
    let cut = |id: NodeId| fused.node(id).spec.cut;
    let mut decodes = fused.cx.graph.decodes_of(source).into_iter();
    cut(source) != Cut::Messages && cut(id) == Cut::Filled && decodes.any(|decode| cut(decode) == Cut::Lines)
}

fn over_payloads(fused: &Fused<'_>, id: NodeId, rows: &Rows) -> TokenStream {
    let node = fused.node(id);
    let payloads = chunk_call("Payloads", "payloads", &node.name);
    let (row, payload, private) = (own("row"), own("payload"), own(names::PRIVATE));
    let call = names::call_with(names::OP, &node.name, node.turbofish.as_ref(), &quote!(#payload));
    let module = own(names::OP);
    let Rows {
        label,
        meta,
        head,
        arms,
        end,
        ..
    } = rows;
    let decode = passes(fused, quote!(#module::sound(&#meta).and_then(|()| #call)));
    quote! {
        #label for (#row, (#meta, #payload)) in #private::numbered(#payloads) {
            #head
            match #decode { #arms }
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
        let here = Here::TURN;
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
