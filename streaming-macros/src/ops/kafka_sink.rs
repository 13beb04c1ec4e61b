//! `kafka`: writes to a Kafka topic.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::files_sink::NON_FINITE;
use crate::expand::fused::{Fused, look_at_record};
use crate::expand::names;
use crate::expand::values;
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, OptSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "kafka",
    op: OpKind::KafkaSink,
    kind: Kind::Sink,
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
        NON_FINITE,
        OptSpec {
            name: "timestamp",
            values: &[Ty::Words(&["present", "original"], &[])],
            excludes: &["json"],
            ..OptSpec::BASE
        },
    ],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::End),
    feature: Some("kafka"),
    ..OpSpec::BASE
};

/// Encodes the record, with its key where there is one.
pub(crate) fn emit(fused: &Fused<'_>, id: NodeId) -> TokenStream {
    let node = fused.node(id);
    let (name, record) = (&node.name, look_at_record(&node.name));
    let Some(key) = node.option("key") else {
        return names::put(id, name, &record);
    };
    let (enter, module) = (Fused::enter(id), names::user(names::SINK, &key.name));
    let function = values::of(&key.values[0]);
    let of_record = look_at_record(&key.name);
    let value = names::call(
        names::OP,
        &names::user("key_by", &key.name),
        &quote!(#of_record, #function),
    );
    let put = names::put(
        id,
        name,
        &quote_spanned!(name.span()=> #module::Keyed { key: #value, record: #record }),
    );
    quote!(#enter #put)
}
