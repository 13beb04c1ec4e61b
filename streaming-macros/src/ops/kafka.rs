//! `kafka`: reads a Kafka topic.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, OptSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "kafka",
    op: OpKind::KafkaSource,
    kind: Kind::Source,
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
            name: "group",
            values: &[Ty::Expr],
            ..OptSpec::BASE
        },
        OptSpec {
            name: "start",
            values: &[Ty::Words(
                &["earliest", "latest", "committed"],
                &["timestamp", "offsets"],
            )],
            ..OptSpec::BASE
        },
        OptSpec {
            name: "config",
            values: &[Ty::Expr, Ty::Expr],
            repeats: true,
            ..OptSpec::BASE
        },
    ],
    takes: Takes::Nothing,
    gives: Gives::Kind(StreamKind::Raw),
    feature: Some("kafka"),
    ..OpSpec::BASE
};
