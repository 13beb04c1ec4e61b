//! What an operator's file says about its code, next to its spec. The plan says where each part goes.

use proc_macro2::TokenStream;

use super::cx::Cx;
use super::decode::Rows;
use super::exchange::Slot;
use super::fused::{Fused, Here};
use super::keyed::{Finish, Results};
use super::{endpoint, exchange, keyed};
use crate::graph::NodeId;

/// The code of one operator, in parts. An operator has those that its group needs.
#[derive(Clone, Copy)]
pub(crate) struct Emit {
    /// Statements before all stages: what the stages share.
    pub(crate) shared: fn(&Cx<'_>, NodeId) -> TokenStream,
    /// What runs for each record in the loop, with everything that reads its result.
    pub(crate) record: fn(&mut Fused<'_>, NodeId, Here) -> TokenStream,
    /// What runs behind the loop, for an operator that gathers records within a stage.
    pub(crate) tail: fn(&mut Fused<'_>, NodeId, Here) -> TokenStream,
    /// The value of a scope, as the stage behind the exchange takes it.
    pub(crate) scope: fn(&Cx<'_>, NodeId) -> TokenStream,
    /// More calls on the value of a sink.
    pub(crate) options: fn(&Cx<'_>, NodeId) -> TokenStream,
    /// What the stage behind the exchange needs, for a keyed operator.
    pub(crate) results: fn(&mut Fused<'_>, NodeId) -> Results,
    pub(crate) decode: Decode,
    pub(crate) aggregate: Aggregate,
}

/// How bytes become records.
#[derive(Clone, Copy)]
pub(crate) struct Decode {
    /// Statements before the source, for what the source and the loop share.
    pub(crate) prepare: fn(&Cx<'_>, NodeId) -> TokenStream,
    /// How the source is to cut its bytes.
    pub(crate) framing: fn(NodeId) -> TokenStream,
    /// A loop of its own over the rows of a chunk; `None` for the loop over the payloads that the source gives.
    pub(crate) rows: Option<fn(&Fused<'_>, NodeId, &Rows) -> TokenStream>,
}

/// What an aggregate does on both sides of its exchange.
#[derive(Clone, Copy)]
pub(crate) struct Aggregate {
    /// What becomes of a record in the loop before the exchange.
    pub(crate) update: fn(&mut Fused<'_>, NodeId, &Slot, Here) -> TokenStream,
    /// The runtime's way to make one of two parts of a key; `None` where [`finish`](Self::finish) sets one.
    pub(crate) combine: Option<&'static str>,
    /// What becomes of the parts behind the exchange.
    pub(crate) finish: fn(&mut Fused<'_>, NodeId) -> Finish,
}

impl Emit {
    /// No code at all.
    pub(crate) const BASE: Self = Self {
        shared: |_, _| TokenStream::new(),
        record: |_, _, _| TokenStream::new(),
        tail: |_, _, _| TokenStream::new(),
        scope: |_, _| TokenStream::new(),
        options: |_, _| TokenStream::new(),
        results: keyed::of_aggregate,
        decode: Decode::BASE,
        aggregate: Aggregate::MERGED,
    };

    /// A value of the runtime's, which a stage reads.
    pub(crate) const SOURCE: Self = Self {
        shared: endpoint::source,
        ..Self::BASE
    };

    /// A value of the runtime's, which stages write to.
    pub(crate) const SINK: Self = Self {
        shared: endpoint::sink,
        ..Self::BASE
    };

    /// An exchange, between the loop that updates and the stage that finishes.
    pub(crate) const AGGREGATE: Self = Self {
        shared: exchange::shared,
        ..Self::BASE
    };
}

impl Decode {
    /// Of lines, which every source cuts by itself.
    pub(crate) const BASE: Self = Self {
        prepare: |_, _| TokenStream::new(),
        framing: |_| super::decode::framing("lines", &TokenStream::new()),
        rows: None,
    };
}

impl Aggregate {
    /// Accumulators, which can be merged.
    pub(crate) const MERGED: Self = Self {
        update: |_, _, _, _| TokenStream::new(),
        combine: Some("Merge"),
        finish: keyed::accumulator,
    };
}
