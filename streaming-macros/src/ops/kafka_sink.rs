//! `kafka`: writes to a Kafka topic.

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
