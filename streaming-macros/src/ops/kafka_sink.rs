//! `kafka`: writes to a Kafka topic.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::expand::emit::Emit;
use crate::expand::fused::{Fused, Here, look_at_record};
use crate::expand::names;
use crate::expand::values;
use crate::graph::NodeId;
use crate::spec::{ArgSpec, Count, OpSpec, OptSpec, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "kafka",
    args: &[ArgSpec {
        name: "topic",
        ty: Ty::Expr,
        count: Count::One,
    }],
    options: &[
        OptSpec::BROKERS,
        OptSpec {
            name: "key",
            values: &[Ty::Function],
            ..OptSpec::BASE
        },
        OptSpec::CONFIG,
        OptSpec::ON_ERROR,
        OptSpec {
            name: "json",
            format: true,
            ..OptSpec::BASE
        },
        OptSpec::NON_FINITE,
        OptSpec {
            name: "timestamp",
            values: &[Ty::Words(&["present", "original"], &[])],
            excludes: &["json"],
            ..OptSpec::BASE
        },
    ],
    feature: Some("kafka"),
    ..OpSpec::SINK
};

pub(crate) static EMIT: Emit = Emit {
    record: emit,
    ..Emit::SINK
};

/// Encodes the record, with its key where there is one.
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let node = fused.node(id);
    let (name, record) = (&node.name, look_at_record(&node.name));
    let Some(key) = node.option("key") else {
        return fused.put(id, &name.clone(), &record, here);
    };
    let (enter, module) = (Fused::enter(id), names::user(names::SINK, &key.name));
    let function = values::of(&key.values[0]);
    let of_record = look_at_record(&key.name);
    let value = names::call(
        names::OP,
        &names::user("key_by", &key.name),
        &quote!(#of_record, #function),
    );
    let name = name.clone();
    let keyed = quote_spanned!(name.span()=> #module::Keyed { key: #value, record: #record });
    let put = fused.put(id, &name, &keyed, here);
    quote!(#enter #put)
}
