//! `fold`: folds the records of a key into a value.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "fold",
    op: OpKind::Fold,
    kind: Kind::Reduce,
    summary: "Folds the records of a key into a value.",
    args: &[
        ArgSpec {
            name: "init",
            ty: Ty::Expr,
            count: Count::One,
        },
        ArgSpec {
            name: "f",
            ty: Ty::Function(2),
            count: Count::One,
        },
    ],
    takes: Takes::Scoped,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    ..OpSpec::BASE
};
