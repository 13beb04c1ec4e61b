//! `batch`: aggregates over each micro-batch.

use proc_macro2::TokenStream;

use crate::expand::emit::Emit;
use crate::expand::names;
use crate::spec::{Gives, OpSpec, Scope, StreamKind, TimeEffect};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "batch",
    gives: Gives::Kind(StreamKind::Scoped(Scope::Plain)),
    event_time: TimeEffect::Drops,
    ..OpSpec::SCOPE
};

pub(crate) static EMIT: Emit = Emit {
    scope: |cx, id| names::call(names::OP, &cx.node(id).name, &TokenStream::new()),
    ..Emit::BASE
};
