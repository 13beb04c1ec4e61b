//! `to`: writes each record to a sink.

use crate::expand::emit::Emit;
use crate::spec::{ArgSpec, Count, OpSpec, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "to",
    args: &[ArgSpec {
        name: "sink",
        ty: Ty::Sink,
        count: Count::One,
    }],
    ..OpSpec::END
};

/// The sink inside takes its place in the graph.
pub(crate) static EMIT: Emit = Emit::BASE;
