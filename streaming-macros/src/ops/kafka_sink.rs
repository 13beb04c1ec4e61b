//! `kafka`: writes to a Kafka topic.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::fused::{Fused, quote_record};
use crate::expand::names::{of_node, own};
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, OptSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "kafka",
    op: OpKind::KafkaSink,
    kind: Kind::Sink,
    summary: "Writes to a Kafka topic.",
    args: &[ArgSpec {
        name: "topic",
        ty: Ty::Expr,
        count: Count::One,
    }],
    options: &[
        OptSpec {
            name: "brokers",
            values: &[Ty::Expr],
            required: true,
            inherits: true,
            ..OptSpec::BASE
        },
        OptSpec {
            name: "key",
            values: &[Ty::Function(1)],
            ..OptSpec::BASE
        },
        OptSpec {
            name: "config",
            values: &[Ty::Expr, Ty::Expr],
            repeats: true,
            ..OptSpec::BASE
        },
        OptSpec {
            name: "json",
            values: &[],
            ..OptSpec::BASE
        },
    ],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::End),
    ..OpSpec::BASE
};

/// Encodes the record, with its key where there is one.
pub(crate) fn emit(fused: &Fused<'_>, id: NodeId) -> TokenStream {
    let (sink, record, task) = (of_node('k', id), quote_record(), own("task"));
    match fused.node(id).option("key") {
        Some(key) => {
            let (krate, enter) = (fused.cx.krate, fused.enter(id));
            let (op, function) = (fused.cx.op_for("key_by", &key.name), fused.cx.value(&key.values[0]));
            quote!(#enter #sink.put(#krate::sink::Keyed { key: #op(&#record, #function), record: &#record }, #task);)
        }
        None => quote!(#sink.put(&#record, #task);),
    }
}
