//! `kafka`: reads a Kafka topic.

use crate::expand::emit::Emit;
use crate::spec::{ArgSpec, Count, Cut, OpSpec, OptSpec, Ty};

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
        OptSpec::CONFIG,
    ],
    cut: Cut::Messages,
    feature: Some("kafka"),
    ..OpSpec::SOURCE
};

pub(crate) static EMIT: Emit = Emit::SOURCE;
