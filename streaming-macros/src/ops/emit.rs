//! Which file writes the code of which operator.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    Kind, OpKind, branch, collect, errors, event_time, files_sink, filter, filter_map, flat_map, inspect, kafka_sink,
    key_by, late, map, print, sink, split, union,
};
use crate::expand::fused::{Fused, Here};
use crate::graph::NodeId;

/// The code of one reader of a stream, and of all that reads it in turn; the record is in `record`.
pub(crate) fn reader(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let is_sink = matches!(fused.node(id).spec.kind, Kind::Sink | Kind::End);
    let leaves = is_sink || fused.cx.plan.is_stage(id);
    let used = if leaves { fused.fate("used") } else { TokenStream::new() };
    let code = code(fused, id, here);
    quote!(#used #code)
}

fn code(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    match fused.node(id).spec.op {
        OpKind::Map => map::emit(fused, id, here),
        OpKind::Filter => filter::emit(fused, id, here),
        OpKind::FilterMap => filter_map::emit(fused, id, here),
        OpKind::FlatMap => flat_map::emit(fused, id, here),
        OpKind::Inspect => inspect::emit(fused, id, here),
        OpKind::EventTime => event_time::emit(fused, id, here),
        OpKind::Split => split::emit(fused, id, here),
        OpKind::Branch => branch::emit(fused, id, here),
        OpKind::Union => union::emit(fused, id, here),
        OpKind::KeyBy => key_by::emit(fused, id, here),
        OpKind::Late => late::emit(fused, id, here),
        OpKind::Errors => errors::emit(fused, id, here),
        OpKind::Print => print::emit(fused, id),
        OpKind::KafkaSink => kafka_sink::emit(fused, id),
        OpKind::FilesSink => files_sink::emit(fused, id),
        OpKind::Collect => collect::emit(fused, id, here),
        OpKind::SinkExpr => sink::emit(fused, id, here),
        // Heads of loops, and what `key_by` writes together with itself.
        OpKind::Agg
        | OpKind::Batch
        | OpKind::Channel
        | OpKind::Count
        | OpKind::Csv
        | OpKind::FilesSource
        | OpKind::Fold
        | OpKind::Json
        | OpKind::KafkaSource
        | OpKind::Lines
        | OpKind::Memory
        | OpKind::Rate
        | OpKind::Reduce
        | OpKind::Running
        | OpKind::Socket
        | OpKind::SourceExpr
        | OpKind::Stdin
        | OpKind::Sum
        | OpKind::To
        | OpKind::Unknown
        | OpKind::Window => TokenStream::new(),
    }
}
