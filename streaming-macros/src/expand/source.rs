//! The loops over a chunk: one for every way its source is read.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::captures::Place;
use super::cx::Cx;
use super::decode;
use super::fused::{Binding, Fused, Here, quote_record};
use super::gather;
use super::names::{self, own};
use crate::graph::{NodeId, OnPanic, Output, Port};
use crate::plan::Reader;
use crate::spec::Kind;

/// The body of a source's stage: `move |chunk, task, (a, (b, ()))| { … }`.
pub(crate) fn body(cx: &Cx<'_>, stage: usize, sources: &[NodeId], locals: &TokenStream) -> TokenStream {
    let mut fused = Fused::over_source(cx);
    let (chunk, task) = (own("chunk"), own("task"));
    let loops = match sources {
        [source] => loops(&mut fused, *source),
        several => {
            let arms: Vec<TokenStream> = several.iter().map(|source| loops(&mut fused, *source)).collect();
            either(&arms)
        }
    };
    let here = Here::TURN;
    let (buffers, tails) = gather::behind(&mut fused, stage, here);
    let (counters, counts) = fused.counters();
    let (private, fates) = (own(names::PRIVATE), own("fates"));
    let kind = own(if sees_records_again(cx, stage, sources) {
        "FateTable"
    } else {
        "Fates"
    });
    let user = sources
        .first()
        .map_or_else(Span::mixed_site, |source| cx.node(*source).name.span());
    let body = quote_spanned! {user=>
        move |#chunk, #task, #locals| {
            #counters
            let #fates = &mut #private::#kind::new();
            #buffers
            #loops
            #tails
            #counts
            #task.fates(#fates.total());
        }
    };
    cx.captures.taken(Place::Stage(stage), body)
}

/// Whether the loops of a stage come to a record more than once: for several decodes, or once more behind a union of them.
fn sees_records_again(cx: &Cx<'_>, stage: usize, sources: &[NodeId]) -> bool {
    let behind = cx.plan.gathered_behind(cx.graph, stage).next().is_some();
    let several = sources.iter().any(|source| {
        let port = Port {
            node: *source,
            output: Output::Main,
        };
        let readers = cx.plan.consumers.of_port(port);
        let decodes = readers
            .iter()
            .filter(|reader| cx.node(reader.node).spec.kind == Kind::Decode);
        let decodes = decodes.count();
        decodes > 1 || decodes == 1 && readers.len() > 1
    });
    behind || several
}

/// `match chunk { Either::Left(chunk) => …, Either::Right(chunk) => … }`, nested for more than two.
fn either(arms: &[TokenStream]) -> TokenStream {
    let (module, chunk) = (own(names::SOURCE), own("chunk"));
    match arms {
        [] => TokenStream::new(),
        [arm] => arm.clone(),
        [first, others @ ..] => {
            let others = either(others);
            quote! {
                match #chunk {
                    #module::Either::Left(#chunk) => { #first }
                    #module::Either::Right(#chunk) => { #others }
                }
            }
        }
    }
}

/// One loop for the records as they are, and one for each decode.
fn loops(fused: &mut Fused<'_>, source: NodeId) -> TokenStream {
    let readers = fused
        .cx
        .plan
        .consumers
        .of_port(Port {
            node: source,
            output: Output::Main,
        })
        .to_vec();
    let (decodes, direct): (Vec<Reader>, Vec<Reader>) = readers
        .into_iter()
        .partition(|reader| fused.node(reader.node).spec.kind == Kind::Decode);
    let mut code = TokenStream::new();
    if !direct.is_empty() {
        code.extend(records(fused, source, direct));
    }
    for decode in decodes {
        if !code.is_empty() {
            // A panic before the first record of this loop is over none.
            let task = own("task");
            code.extend(quote!(#task.rest();));
        }
        code.extend(decode::emit(fused, source, decode.node));
    }
    code
}

fn records(fused: &mut Fused<'_>, source: NodeId, readers: Vec<Reader>) -> TokenStream {
    let (row, record, private) = (own("row"), quote_record(), own(names::PRIVATE));
    let records = chunk_call("Records", "records", &fused.node(source).name);
    let here = Here::TURN;
    let body = fused.readers(readers, here);
    let gather::Within {
        before,
        begin,
        end: gathered,
    } = gather::within(fused, source, here);
    let (note, end) = (row_note(fused, source), fused.fate("end"));
    let meta = fused.take_binding(Binding::Meta, "meta");
    quote! {
        #before
        for (#row, (#meta, #record)) in #private::numbered(#records) { #note #begin #body #gathered #end }
    }
}

/// `Records::records(chunk)`, where the user's token stands.
pub(crate) fn chunk_call(of: &str, function: &str, user: &Ident) -> TokenStream {
    let (of, function, chunk) = (
        names::path(names::PRIVATE, of, user),
        names::user(function, user),
        own("chunk"),
    );
    let path = quote_spanned!(user.span()=> #of::#function);
    names::apply(&path, user.span(), names::shown(quote!(#chunk), user.span()))
}

/// Passes over a record over which a closure panics, where the pipeline says so.
fn skip(fused: &Fused<'_>) -> TokenStream {
    if fused.cx.graph.settings.on_panic() != OnPanic::Skip {
        return TokenStream::new();
    }
    let (task, skipped, end) = (own("task"), fused.fate("skipped"), fused.fate("end"));
    quote!(if #task.skips() { #skipped #end continue; })
}

/// What comes before a record is decoded: one over which a closure panics counts as one that cannot be, where the pipeline says so.
pub(crate) fn passes(fused: &Fused<'_>, decode: TokenStream) -> TokenStream {
    if fused.cx.graph.settings.on_panic() != OnPanic::DeadLetter {
        return decode;
    }
    let (module, task) = (own(names::OP), own("task"));
    quote!(#module::passes(#task).and_then(|()| #decode))
}

/// Notes the row, and counts it for the source: once, however many decodes read it.
pub(crate) fn row_note(fused: &mut Fused<'_>, source: NodeId) -> TokenStream {
    let (row, task) = (own("row"), own("task"));
    let count = (!fused.is_counted(source)).then(|| fused.count(source));
    let begin = fused.fate_of("begin", &quote!(#row));
    let skip = skip(fused);
    quote!(#task.row(#row as u64); #begin #count #skip)
}
