//! What flows between operators.

/// What flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamKind {
    /// What a source gives, not decoded.
    Raw,
    /// Records.
    Records,
    /// Behind `key_by`.
    Keyed,
    /// Behind `batch`, `window` or `running`.
    Scoped(Scope),
    /// Behind `split` or `branch`: that many streams, to be bound.
    Parts(usize),
    /// Behind a sink.
    End,
}

/// Over what is aggregated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Whatever comes, as it comes.
    Plain,
    /// Spans of event time: each result has a start and an end, and records can come too late for it.
    Windows,
    /// Whatever comes, by a function of the user's that keeps state.
    ByHand,
}
