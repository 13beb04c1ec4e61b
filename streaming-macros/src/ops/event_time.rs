//! `event_time`: says when each record happened, and how late it may come.

use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, OptSpec, Takes, TimeEffect, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "event_time",
    op: OpKind::EventTime,
    kind: Kind::Time,
    summary: "Says when each record happened, and how late it may come.",
    args: &[ArgSpec {
        name: "f",
        ty: Ty::RecordFn,
        count: Count::One,
    }],
    options: &[
        OptSpec {
            name: "max_delay",
            values: &[Ty::Delay],
            required: true,
            ..OptSpec::BASE
        },
        OptSpec {
            name: "idle",
            values: &[Ty::Duration],
            ..OptSpec::BASE
        },
    ],
    takes: Takes::Records,
    gives: Gives::Same,
    event_time: TimeEffect::Sets,
    ..OpSpec::BASE
};
